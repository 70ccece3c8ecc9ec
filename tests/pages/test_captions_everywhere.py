"""Every sentence that the pages compute reads right and is right: over all recorded runs, and at the edges.

The numbers in the sentences are held against what the runs' events say, by NumPy alone and not by the code that formed
the sentences. `python -m tests.pages.sayings FILE` prints them all.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.exhibits import Member, library
from bn_core.exhibits.catalogue import BUGS, HEALTHY, RACE
from bn_core.questions import answers, questions
from bn_core.runs.history import RunHistory
from bn_core.training.events import Evaluated, Score, Scored
from pages.break_it_page.words import place
from pages.charts.training import BLIND_LOSS
from pages.parts import status_words
from pages.population_page import words as population
from pages.words import captions
from pages.words.prose import Prose, prose
from tests.pages import sayings
from tests.pages.english import faults
from tests.pages.lab import scored
from tests.pages.sayings import Saying, answered

NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?(?:e[-−]?\d+)?")


@functools.cache
def everything() -> tuple[Saying, ...]:
    """All that is said of all recorded runs: seven seconds."""
    return tuple(sayings.of_all(library()))


def at(kind: str) -> list[Saying]:
    """The sayings of one place in the code, such as `train.gap`, that say anything."""
    found = [saying for saying in everything() if saying.kind == kind and saying.text]
    assert found, kind
    return found


def member(saying: Saying) -> Member:
    """The recorded run that a saying speaks of."""
    variant, seed = saying.of.split(" ")[0].split("/")
    found = library().find(variant, int(seed))
    assert found is not None
    return found


def history(saying: Saying) -> RunHistory:
    return library().history(member(saying).record.id)


def evaluation(saying: Saying) -> Evaluated:
    return next(event for event in history(saying).evaluations if event.step == saying.step)


def numbers(text: str) -> list[float]:
    """The numbers of a text, in order."""
    return [float(number.replace(",", "").replace("−", "-")) for number in NUMBER.findall(text)]


def values(page: Prose, key: str, text: str) -> dict[str, str] | None:
    """What a text has in place of the values of this key of the prose; None where it is no text of this key."""
    pattern, names = "", []
    for part in re.split(r"(\{[^{}]*\})", page(key)):
        if part.startswith("{"):
            name, _, form = part[1:-1].partition(":")
            if "|" in form:
                pattern += f"(?:{'|'.join(map(re.escape, form.split('|')))})"
                continue
            names.append(name)
            pattern += "(.*?)"
        else:
            pattern += re.escape(part)
    match = re.fullmatch(pattern, text, re.DOTALL)
    return None if match is None else dict(zip(names, match.groups(), strict=True))


def right(share: float, images: int = 250) -> int:
    return round(share * images)


def apart(one: int, other: int, images: int = 250) -> bool:
    """Whether two counts of right answers differ by more than two standard errors of a difference of proportions."""
    pooled = (one + other) / (2 * images)
    return abs(one - other) / images > 2 * math.sqrt(pooled * (1 - pooled) * 2 / images) + 1e-9


def updates(config: TrainingConfig, step: int) -> int:
    """How often the moving statistics were updated, counted batch by batch as the loop trains."""
    count = 0
    for batch in range(step):
        count += config.bug != "never-updated"
        if config.bug == "leaky-evaluation" and batch % 25 == 0:
            count += math.ceil(5000 / 64) if batch % 100 == 0 else 1
    return count


def shown(share: float) -> float:
    """A share as a whole percentage, as a text has it; 1 and 99 for what is under and over these."""
    percentage = 100 * share
    if 0 < percentage < 0.5 or 99.5 <= percentage < 100:
        return 1.0 if percentage < 1 else 99.0
    return float(f"{percentage:.0f}")


def near(text: str, value: float) -> bool:
    """Whether a written number is this value to its two digits."""
    return math.isclose(numbers(text)[0], value, rel_tol=0.051)


class TestEnglish:
    def test_everything_that_is_said_of_recorded_runs(self) -> None:
        wrong = [f"[{saying.of} @{saying.step}] {fault}" for saying in everything() for fault in faults(saying.text)]
        assert not wrong, "\n".join(wrong[:10])

    def test_statistics_have_their_names(self) -> None:
        """Moving, batch and recalibrated statistics: nothing is anyone's own, and the population is the truth."""
        other = re.compile(
            r"\bown \W*(?:batch )?statistics|moving \(population\)|(?<!them )(?<!calls )population statistics"
        )
        wrong = [saying.text for saying in everything() if other.search(saying.text)]
        assert not wrong, "\n".join(wrong[:3])

    @pytest.mark.parametrize(
        "text",
        [
            "After 1 batches.",
            "After 2 batch.",
            "1 of 250 images are right.",
            "0 of 8 lies there.",
            "{right} of 5.",
            "It is nan.",
            "About -0.0 points.",
            "Right .",
            "It ends..",
            "Two  spaces.",
            "It is 8 %, against 8 % there.",
            "They score 93 to 93 %.",
            "It shrinks 12-fold.",
        ],
    )
    def test_the_rules_find_what_they_are_for(self, text: str) -> None:
        assert faults(text)

    @pytest.mark.parametrize(
        "text",
        [
            "After 1 batch.",
            "1 of 8 lies to its left.",
            "From layer 1 on, 64 images × 1 position.",
            "At batch 1 the weights score 8 %.",
            "“1” 15 times and “8” once.",
            "It is 1 of 250 and 0 of 250 are right.",
            "None of six is above 90 %.",
        ],
    )
    def test_and_nothing_else(self, text: str) -> None:
        assert not faults(text)


class TestTrain:
    TEXT = prose("train")

    def test_what_is_said_of_the_statistics(self) -> None:
        for saying in at("train.gap"):
            config, when = member(saying).record.config, [saying.step] if saying.step else []
            three_way = [
                event
                for event in history(saying).evaluations
                if event.step <= saying.step and (event.recalibrated is not None or not config.normalized)
            ]
            latest = three_way[-1]
            when = [latest.step] if latest.step else []
            moving = right(latest.moving.accuracy)
            if latest.recalibrated is None:
                expected = [shown(moving / 250), 250, *when]
            else:
                truth = right(latest.recalibrated.accuracy)
                expected = [shown(moving / 250), 250, *when, shown(truth / 250)]
                little = max(moving, truth) < 50
                expected += [10] if little else []
                kind = "little" if little else "agree"
                if not little and apart(moving, truth):
                    kind = "behind" if truth > moving else "ahead"
                if kind == "agree":
                    worst = max(three_way, key=lambda event: event.recalibrated.accuracy - event.moving.accuracy)
                    low, high = right(worst.moving.accuracy), right(worst.recalibrated.accuracy)
                    if high >= 50 and high > low and apart(low, high):
                        kind = "caught_up"
                        expected += [shown(high / 250), shown(low / 250), worst.step]
                        left = config.momentum ** updates(config, worst.step)
                        expected += [shown(left), 0, 1] if left >= 0.01 else []
                assert values(self.TEXT, f"gap.{kind}", saying.text), (saying, kind)
            assert Counter(numbers(saying.text)) == Counter(expected), saying

    def test_absurd_losses(self) -> None:
        named = set()
        for saying in at("train.absurd"):
            losses, moving = history(saying).losses[: saying.step], evaluation(saying).moving.loss
            config = member(saying).record.config
            expected = [float(losses.argmax()) + 1, float(losses.max())] if losses.max() >= 10 else []
            expected += [moving, saying.step] if moving >= 10 else []
            expected += [0.325]
            expected += [1, 0] if config.batch_size == 1 else []
            found = numbers(saying.text)
            assert len(found) >= len(expected), saying
            for number in expected[: -2 if config.batch_size == 1 else None]:
                assert any(math.isclose(number, other, rel_tol=0.051) for other in found), (saying, number)
            assert (f"{config.learning_rate:g}" in saying.text) == (config.learning_rate > 0.002)
            named.add(member(saying).variant)
        assert {"learning-rate-x15", "learning-rate-x15-none", "batch-size-1"} <= named
        quiet = [s for s in everything() if s.kind == "train.absurd" and not s.text]
        for saying in quiet:
            losses = history(saying).losses[: saying.step]
            assert evaluation(saying).moving.loss < 10
            assert not (losses >= 10).any()

    def test_a_network_that_ignores_the_image(self) -> None:
        blind = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))
        for saying in at("train.blind"):
            mean = history(saying).losses[saying.step - 50 : saying.step].mean()
            assert numbers(saying.text) == [50, float(f"{mean:.4f}"), float(f"{blind:.4f}")]
            assert abs(mean - blind) < 0.0041

    def test_what_the_final_lines_mean(self) -> None:
        for saying in at("train.validation"):
            confusion = history(saying).scored.validation_confusion
            total, answered_so = int(confusion.sum()), confusion.sum(axis=0)
            if (answer := int(answered_so.argmax())) is not None and answered_so[answer] == total:
                assert numbers(saying.text) == [answer, total, confusion[answer].sum(), total]
                continue
            mistakes = confusion * (1 - np.eye(10, dtype=int))
            found = numbers(saying.text)
            assert found[:2] == [np.diag(confusion).sum(), total]
            true, given, times = map(int, found[2:])
            assert times == mistakes.max() == mistakes[true, given]
            ties = int((mistakes == times).sum())
            assert ("One of the" in saying.text) == (ties > 1), saying

    def test_what_is_said_of_the_test_accuracy(self) -> None:
        seen = Counter()
        for saying in at("train.test"):
            end = history(saying).scored
            if np.count_nonzero(end.test_confusion.sum(axis=0)) == 1:
                continue
            found, tested = numbers(saying.text), int(end.test_confusion.sum())
            assert found[:2] == [np.diag(end.test_confusion).sum(), tested]
            one, other = end.test.accuracy, end.validation.accuracy
            counted = (tested, int(end.validation_confusion.sum()))
            pooled = (one * counted[0] + other * counted[1]) / sum(counted)
            error = math.sqrt(pooled * (1 - pooled) * (1 / counted[0] + 1 / counted[1]))
            key = next(
                key for key in ("equal", "alike", "shares", "easier", "harder") if self.is_text(key, saying.text)
            )
            seen[key] += 1
            if key == "equal":
                assert abs(one - other) < 0.0005
            else:
                assert found[2] == float(f"{100 * abs(one - other):.1f}")
                assert ("above" in saying.text) == (one > other)
                assert (key == "alike") == (abs(one - other) <= 2 * error + 1e-9)
        assert len(seen) >= 4, seen

    def is_text(self, key: str, text: str) -> bool:
        return values(self.TEXT, f"ending.test.{key}", text) is not None

    def test_what_is_said_of_the_hundred_samples(self) -> None:
        for saying in at("train.one_by_one"):
            end, config = history(saying).scored, member(saying).record.config
            batch = config.bug in ("batch-at-test", "leaky-evaluation")
            assert ("[[moving statistics]]" in saying.text) == (config.normalized and not batch), saying
            assert saying.text.startswith(self.TEXT("ending.one_by_one.batch")) == batch
            count = int((end.one_by_one_predictions == end.one_by_one_labels).sum())
            assert count in numbers(saying.text)
            assert ("every image gets" in saying.text.split(".")[0]) == (len(set(end.one_by_one_predictions)) == 1)
            if config.normalized and not batch:
                alone = int((end.one_by_one_batch_predictions == end.one_by_one_labels).sum())
                (only,) = set(end.one_by_one_batch_predictions.tolist())
                assert saying.text.endswith(self.TEXT("ending.one_by_one.batch_constant", right=alone, answer=only))
            if batch:
                assert self.TEXT("ending.one_by_one.company") not in saying.text

    def test_which_statistics_made_the_lines(self) -> None:
        for saying in at("train.how"):
            bug = member(saying).record.config.bug
            batch = bug in ("batch-at-test", "leaky-evaluation")
            assert ("[[batch statistics]]" in saying.text) == batch
            assert ("mean 0 and variance 1" in saying.text) == (bug in ("never-updated", "no-training-mode"))
        for saying in at("train.reading"):
            batch = member(saying).record.config.bug in ("batch-at-test", "leaky-evaluation")
            assert (self.TEXT("reading.used.moving") in saying.text) == (
                not batch and member(saying).record.config.normalized
            )


class TestPopulation:
    TEXT = prose("population")

    def test_scores_drift_and_start(self) -> None:
        checked = Counter()
        for saying in at("population.see"):
            event, config = evaluation(saying), member(saying).record.config
            moving, truth = right(event.moving.accuracy), right(event.recalibrated.accuracy)
            scores = saying.text.split("; ")[0].split(". ")[0]
            assert {shown(moving / 250), shown(truth / 250)} <= set(numbers(scores)), saying
            verdict = self.TEXT("says.agree").rpartition(",")[2].strip()
            equal = not apart(moving, truth) and max(moving, truth) >= 50 and shown(moving / 250) != shown(truth / 250)
            assert (verdict in saying.text) == equal, saying
            left, count = config.momentum ** updates(config, saying.step), updates(config, saying.step)
            if config.bug == "never-updated":
                assert self.TEXT("says.never") in saying.text
            elif saying.step and left >= 0.01:
                start = re.search(r"\(mean 0, variance 1\) (?:over )?(\d+) % .* power of (\d+)", saying.text)
                assert start, saying
                assert [float(group) for group in start.groups()] == [shown(left), count], saying
            drifts = self.drifts(member(saying).record.id, saying.step)
            if drifts is not None:
                worst = int(np.abs(np.log(drifts)).argmax())
                factor = re.search(r"(?:only )?(\S+) times the true one", saying.text)
                if factor:
                    name = "the dense layer" if worst == 19 else f"layer {worst + 1}"
                    assert f"{name}'s moving variance" in saying.text, saying
                    assert near(factor[1], drifts[worst]), saying
                else:
                    assert np.exp(np.abs(np.log(drifts)).max()) <= 1.25 * 1.01, saying
                checked["drift"] += 1
        assert checked["drift"] > 40

    @staticmethod
    @functools.cache
    def course(run_id: str) -> np.ndarray:
        statistics = library().statistics(run_id)
        moving = np.ones((len(statistics.steps) + 1, statistics.variances.shape[1]))
        for step, batch in enumerate(statistics.variances.astype(np.float64), 1):
            moving[step] = 0.99 * moving[step - 1] + 0.01 * batch
        return moving

    def drifts(self, run_id: str, step: int) -> np.ndarray | None:
        """Moving over true variance, the median of each layer's channels; None where nothing was recorded."""
        statistics = library().statistics(run_id)
        if not len(statistics.steps) or not step:
            return None
        truth = statistics.variances[max(0, step - 10) : step].astype(np.float64).mean(axis=0)
        ratio, first = self.course(run_id)[step] / truth, 0
        medians = []
        for layer in range(20):
            channels = 100 if layer == 19 else 4 * (layer + 1)
            medians.append(float(np.median(ratio[first : first + channels])))
            first += channels
        return np.array(medians)

    def test_other_decays_and_recalibration(self) -> None:
        for saying in everything():
            kind = saying.kind
            if kind == "population.decay" and saying.text:
                _, _, decay, debiased = saying.of.split(" ")
                asked = questions.ApplyDecay(saying.step, float(decay), debiased == "True")
                score = answered(library(), member(saying), asked, answers.DecayApplied).score.accuracy
                moving = evaluation(saying).moving.accuracy
                own = float(decay) == member(saying).record.config.momentum and debiased == "False"
                expected = {float(decay), shown(score)}
                expected |= {shown(moving)} if shown(score) != shown(moving) and not own else set()
                if "remembers about" in saying.text:
                    memory = round(1 / (1 - float(decay)))
                    expected.add(memory)
                    assert ("more than there were" in saying.text) == (memory > saying.step)
                assert set(numbers(saying.text)) == expected, saying
            if kind == "population.recalibration" and saying.text:
                event = evaluation(saying)
                scores = [shown(event.moving.accuracy), shown(event.recalibrated.accuracy)]
                assert numbers(saying.text) == [10, 640, *scores], saying

    def test_values_behind_each_mean_and_bessel(self) -> None:
        sides = [28] * 2 + [14] * 3 + [7] * 3 + [4] * 3 + [2] * 3 + [1] * 6
        for saying in everything():
            kind, layer = saying.kind, saying.of.split(" ")[-1]
            if kind not in ("population.heading", "population.bessel"):
                continue
            images = member(saying).record.config.batch_size
            m = images * sides[int(layer) - 1] ** 2
            if kind == "population.heading":
                assert f"{m:,} value" in saying.text
            elif m > 1:
                factor, count, share = numbers(saying.text)[-4:-1] if "Keras 3" in saying.text else (0, 0, 0)
                assert (count, round(share, 3)) == (m, float(f"{100 / (m - 1):.2g}")), saying
                assert math.isclose(factor - 1, 1 / (m - 1), rel_tol=0.051), saying


class TestLayers:
    TEXT = prose("layers")

    def test_sizes_dead_channels_and_likeness(self) -> None:
        seen = Counter()
        for saying in at("layers.see"):
            probes = library().probes(member(saying).record.id)
            probe, point = probes.at(saying.step), saying.of.split(" ")[2]
            rms = probe.rms[probe.points.index(point)][:-1].astype(np.float64)
            now = saying.text.split(". Before the first")[0]
            for value, layer in re.findall(r"(\d\S*?) \(layer (\d+)\)", now):
                assert near(value, rms[int(layer) - 1]), saying
            for value, layer in re.findall(r"rms (\S+) in layer (\d+)", now):
                assert near(value, rms[int(layer) - 1]), saying
            dead = probe.dead_channels
            for share, layer in re.findall(
                r"(\d+) % of the (?:channels|units) of (?:the dense )?(layer \d+|layer)", now
            ):
                index = 19 if layer == "layer" else int(layer.split()[1]) - 1
                assert dead[index] == dead.max()
                assert float(share) == shown(dead[index])
            assert ("no channel is dead" in now) == (dead.max() == 0)
            ratio = rms.max() / rms.min()
            if "keep their size" in now:
                assert ratio < 5, saying
                assert near(re.search(r"factor of (\S+):", now)[1], ratio), saying
                seen["keeps"] += 1
            if "differ in size" in now:
                assert ratio >= 5, saying
                seen["varies"] += 1
            for times in re.findall(r"(\S+) times (smaller|larger)", now):
                expected = rms[0] / rms[-1] if times[1] == "smaller" else rms[-1] / rms[0]
                assert near(times[0], expected), saying
                seen[times[1]] += 1
            for layer in re.findall(r"from layer (\d+) on the values say the same", now):
                correlation = probe.correlation[probe.points.index("relu")][:-1]
                assert (correlation[int(layer) - 1 :] >= 0.9).all()
                assert int(layer) == 1 or correlation[int(layer) - 2] < 0.9
                seen["alike"] += 1
        assert all(seen[key] for key in ("keeps", "varies", "smaller", "alike")), seen


class TestOneImage:
    def test_alone(self) -> None:
        for saying in at("images.one_by_one"):
            scored = answered(library(), member(saying), questions.ScoreOneByOne(saying.step), answers.OneByOneScored)
            alone = scored.batch or scored.moving
            predictions = alone.logits.argmax(axis=1)
            found = numbers(saying.text)
            assert int((predictions == scored.labels).sum()) in found, saying
            assert ("every image gets" in saying.text.lower().split(".")[0 if scored.batch else 1]) == (
                len(set(predictions)) == 1
            ), saying
            spread = float(np.abs(alone.logits - alone.logits[0]).max())
            if spread and "differ by" in saying.text:
                assert any(math.isclose(spread, number, rel_tol=0.051) for number in found), saying
            if "to the last bit" in saying.text:
                assert spread == 0
            if scored.recalibrated is not None:
                assert found[-1] == (scored.recalibrated.logits.argmax(axis=1) == scored.labels).sum()

    def test_batches_of_other_sizes_and_kinds(self) -> None:
        for saying in at("images.batch_size"):
            varied = answered(library(), member(saying), questions.VaryBatchSize(saying.step), answers.BatchSizeVaried)
            found = numbers(saying.text)
            if varied.batch is None:
                assert found == [shown(varied.moving.accuracy), 256]
                continue
            low, high = right(varied.batch.min(), 256), right(varied.batch.max(), 256)
            some = [shown(varied.batch[0]), shown(varied.batch[6]), shown(varied.batch[8])]
            matters = apart(low, high, 256)
            assert {*some} <= set(found) if matters else {shown(low / 256), shown(high / 256)} <= set(found), saying
            assert found[-2:] == [shown(varied.moving.accuracy), shown(varied.recalibrated.accuracy)]
        for saying in at("images.single"):
            single = answered(
                library(), member(saying), questions.ScoreSingleClasses(saying.step), answers.SingleClassesScored
            )
            images = int(single.images.sum())
            kinds = [single.single_class, single.mixed, single.recalibrated]
            shares = [shown(kind.sum() / images) for kind in kinds if kind is not None]
            assert set(shares) <= set(numbers(saying.text)), saying

    def test_company(self) -> None:
        for saying in at("images.company"):
            _, _, image, company = saying.of.split(" ", 3)
            asked = questions.ChangeCompany(saying.step, int(image), company)  # type: ignore[arg-type]
            changed = answered(library(), member(saying), asked, answers.CompanyChanged)
            if changed.batch is None:
                assert f"“{changed.moving[0].argmax()}”" in saying.text
                continue
            given = Counter(changed.batch.argmax(axis=1).tolist())
            if len(changed.moving) > 1:
                own = changed.batch[:, changed.label]
                low, high = (f"{end:z.1f}".replace("-", "−") for end in (own.min(), own.max()))
                assert f"from {low} to {high} (standard deviation {own.std():.2f})" in saying.text, saying
                for answer, times in given.items():
                    often = {20: "", 1: " once", 2: " twice"}.get(times, f" {times} times")
                    assert f"“{answer}”{often}" in saying.text, saying
            assert saying.text.endswith(f"“{changed.recalibrated.argmax()}”.")


class TestBreakIt:
    TEXT = prose("break-it")

    def number(self, name: str, history: RunHistory, config: TrainingConfig) -> float | str:
        """What a name in the prose stands for, worked out anew."""
        end, last = history.scored, history.evaluations[-1]
        kind = re.fullmatch(r"(moving|batch|recalibrated)(_loss)?(?:_(\d+))?", name)
        if kind:
            event = last if kind[3] is None else next(e for e in history.evaluations if e.step == int(kind[3]))
            score: Score = getattr(event, kind[1])
            return score.loss if kind[2] else 100 * score.accuracy
        if held := re.fullmatch(r"held(?:_(\d+))?", name):
            return 100 * config.momentum ** (int(held[1]) if held[1] else 800)
        match name:
            case "validation" | "test":
                return 100 * getattr(end, name).accuracy
            case "one_by_one":
                return float((end.one_by_one_predictions == end.one_by_one_labels).sum())
            case "answer":
                return str(end.test_confusion.sum(axis=0).argmax())
            case "answer_alone":
                return str(np.bincount(end.one_by_one_predictions).argmax())
            case "commonest":
                return 100 * end.test_confusion.sum(axis=0).max() / end.test_confusion.sum()
            case "training_loss":
                return float(history.losses[-50:].mean())
            case "training_accuracy":
                return 100 * float(history.accuracies[-50:].mean())
            case "highest_loss":
                return float(history.losses.max())
            case "best_training":
                return 100 * max(history.accuracies[i : i + 50].mean() for i in range(len(history.losses) - 49))
            case "early_training":
                return 100 * float(history.accuracies[50:100].mean())
            case "leaked_updates":
                return 79.0
        raise AssertionError(f"{name} is not checked")

    def test_every_number_of_every_mistake(self) -> None:
        checked = 0
        for saying in everything():
            key, kind = saying.of.split("/")[0], saying.kind
            if kind not in ("break_it.sentence", "break_it.why", "break_it.companion"):
                continue
            seed = int(saying.of.split(" ")[0].split("/")[1])
            other = {"learning-rate-x15": "learning-rate-x15-none", "learning-rate-x15-none": "learning-rate-x15"}
            shown_one = library().find(other[key] if kind.endswith("companion") else key, seed)
            healthy = library().find(HEALTHY, seed)
            found = values(self.TEXT, f"{place(key)}.{kind.split('.')[1]}", saying.text)
            assert found is not None, saying
            for name, text in found.items():
                run, what = re.fullmatch(r"(\w+)\[(\w+)\]", name).groups()
                if run == "healthy_variances":
                    self.check_variance(what, text)
                else:
                    whose = shown_one if run == "run" else healthy
                    value = self.number(what, library().history(whose.record.id), whose.record.config)
                    if isinstance(value, str):
                        assert text == value, (saying, name)
                    else:
                        digits = 0.051 if "%" in text else 0.5 if abs(value) >= 100 else 0.006 * abs(value) + 1e-9
                        assert abs(numbers(text)[0] - value) <= digits, (saying, name, value)
                checked += 1
        assert checked > 100

    def check_variance(self, what: str, text: str) -> None:
        variances = library().statistics(library().find(HEALTHY).record.id).variances
        first, medians = 0, defaultdict(list)
        for layer in range(20):
            channels = slice(first, first := first + (100 if layer == 19 else 4 * (layer + 1)))
            for when, row in (("first", variances[0]), ("last", variances[-1])):
                medians[when].append(float(np.median(row[channels])))
        when, _, kind = what.partition("_")
        match kind:
            case "low" | "high":
                assert near(text, (min if kind == "low" else max)(medians[when]))
            case "low_layer" | "high_layer":
                chosen = (min if kind == "low_layer" else max)(medians[when])
                assert text == f"layer {medians[when].index(chosen) + 1}"
            case "below_half":
                assert int(text) == sum(median < 0.5 for median in medians[when])
            case _:
                assert text == {"batches": "800 batches", "layers": "20"}[what]

    def test_how_often_a_fingerprint_holds(self) -> None:
        for saying in at("break_it.checked"):
            assert numbers(saying.text) == [0, 1, 2, 3, 3, 3][: len(numbers(saying.text))] or "3 of 3" in saying.text


class TestRace:
    TEXT = prose("race")

    @staticmethod
    @functools.cache
    def curves() -> dict[str, dict[int, tuple[int, int]]]:
        """Of each network that races how many of 250 images are right with batch and moving statistics, by step."""
        found: dict[str, dict[int, tuple[int, int]]] = {}
        for variant in RACE:
            run = library().history(library().find(variant.key).record.id)
            found[variant.key] = {
                event.step: (
                    right((event.moving if event.batch is None else event.batch).accuracy),
                    right(event.moving.accuracy),
                )
                for event in run.evaluations
            }
        return found

    @staticmethod
    def ends(counts: list[int]) -> list[float]:
        low, high = shown(min(counts) / 250), shown(max(counts) / 250)
        return [low] if low == high else [low, high]

    def test_captions(self) -> None:
        for saying in at("race.caption"):
            mode, step = saying.of.split(" ")[2], saying.step
            able, moving = (
                [steps[step][i] for key, steps in self.curves().items() if "none" not in key] for i in (0, 1)
            )
            others = [steps[step][0] for key, steps in self.curves().items() if "none" in key]
            when = [step] if step else []
            if max(*able, *others) < 50:
                expected = [*when, *self.ends([*(able if mode == "batch" else moving), *others]), 10]
            elif mode == "batch":
                expected = [step, *self.ends(able), *self.ends(others)]
            else:
                expected = [step, *self.ends(moving), *self.ends(able)]
                lags = any(apart(one, two) and one > two for one, two in zip(able, moving, strict=True))
                assert ("caught up" in saying.text) == (not lags), saying
            assert numbers(saying.text) == expected, saying

    def test_verdicts(self) -> None:
        asked = {(variant.key, seed): self.at_question(variant.key, seed) for variant in RACE for seed in range(5)}
        names = {variant.key: spoken for variant, spoken in zip(RACE, self.spoken(), strict=True)}
        for saying in everything():
            kind = saying.kind
            if kind not in ("race.verdict", "race.outcome"):
                continue
            guess = set(saying.of.split(" ")[2].split(",")) - {""}
            count = sum((asked[variant.key, 0] > 0.9) == (variant.key in guess) for variant in RACE)
            if kind == "race.outcome":
                assert numbers(saying.text) == [count, 6]
                continue
            if not guess:
                assert all((names[key] in saying.text) for key in names if asked[key, 0] > 0.9)
                continue
            if 0 < count < 6:
                assert f"Right for {count} of" in saying.text
            for name, here, other in re.findall(
                r"(?:: |; )([^;:]*?) is at (\S+ %) here, and with another seed at (\S+ %)",
                saying.text.replace("\N{NO-BREAK SPACE}", " "),
            ):
                (key,) = (key for key, spoken in names.items() if spoken == name)
                assert shown(asked[key, 0]) == numbers(here)[0]
                (seed,) = {s for s in range(1, 5) if shown(asked[key, s]) == numbers(other)[0]} or {None}
                assert seed is not None
                assert (asked[key, seed] > 0.9) != (asked[key, 0] > 0.9), saying
            assert "no BN" not in saying.text or "with another seed" not in saying.text.split("no BN")[1].split(";")[0]

    def at_question(self, key: str, seed: int) -> float:
        run = library().history(library().find(key, seed).record.id)
        event = next(event for event in run.evaluations if event.step == 300)
        return (event.moving if event.batch is None else event.batch).accuracy

    def spoken(self) -> list[str]:
        from bn_core.names import NETWORK_BY_KEY

        return [NETWORK_BY_KEY[variant.key].spoken for variant in RACE]

    def test_findings(self) -> None:
        said = {saying.of.split(" ")[2]: saying.text for saying in at("race.finding")}
        plain, normalized = (library().probes(library().find(key).record.id).probes[0] for key in ("none", "before"))
        rms, other = (probe.rms[probe.points.index("linear")][:-1].astype(float) for probe in (plain, normalized))
        found = numbers(said["signal"])
        assert math.isclose(found[0], rms[0] / rms[-1], rel_tol=0.051)
        assert math.isclose(found[3], other.max() / other.min(), rel_tol=0.051)
        ends = {
            variant.key: [library().history(library().find(variant.key, seed).record.id).scored for seed in range(5)]
            for variant in RACE
        }
        tests = {key: [100 * end.test.accuracy for end in those] for key, those in ends.items()}
        four = [value for key, those in tests.items() if "none" not in key for value in those]
        medians = [float(np.median(those)) for key, those in tests.items() if "none" not in key]
        spread = max(max(those) - min(those) for key, those in tests.items() if "none" not in key)
        expected = [20, min(four), max(four), max(medians) - min(medians), spread]
        assert numbers(said["learning"]) == [float(f"{value:.1f}") for value in expected]
        he, glorot = sorted(tests["none-he"]), sorted(tests["none"])
        learned = [value for value in he if value >= 50]
        expected = [min(learned), max(learned), *reversed(he[: 5 - len(learned)]), glorot[0], glorot[-1]]
        expected = [float(f"{value:.0f}") for value in expected] + [math.floor(min(four))]
        assert numbers(said["without"]) == expected
        steps = {100: None, 250: None, 800: None}
        curve = self.curves()["before"]
        worst = max(steps, key=lambda step: curve[step][0] - curve[step][1])
        held = 100 * 0.99**worst
        able, let = curve[worst]
        assert numbers(said["lag"]) == [250, worst, shown(able / 250), float(f"{held:.0f}"), 0, 1, shown(let / 250)]


class TestOneBatch:
    def test_counts_and_shares(self) -> None:
        checked = Counter()
        channels = {}
        run = next(member.record for member in library().members() if member.captured)
        pattern = re.compile(
            r"layer (\d+), (\d+) images, (\w+), moving (\w+), epsilon (\S+), bias (\S+) one_batch\.(\w+)"
        )
        for saying in everything():
            match = pattern.fullmatch(saying.of)
            if match is None or match[7] not in ("relu", "variance", "mean", "behind"):
                continue
            layer, images, order, moving, epsilon, bias, where = match.groups()
            key = saying.step, int(layer)
            if key not in channels:
                channels[key] = library().channel(run.id, saying.step, int(layer), int(layer) % 2)
            channel = channels[key]
            x = channel.values[: int(images)].astype(np.float64) + float(bias)
            taken = np.maximum(x, 0) if order == "after" else x
            shown_ones = slice(0, 8), channel.side // 2 * (channel.side + 1)
            if x.size == 1:
                continue
            if where == "variance" and moving == "True":
                batch = taken.var()
                unit = math.sqrt(batch / (channel.moving_variance + float(epsilon)))
                training = math.sqrt(batch / (batch + float(epsilon)))
                found = numbers(saying.text)
                assert (found[-2], found[-1]) == (float(f"{unit:.2f}"), float(f"{training:.2f}")), saying
            elif where == "mean" and moving == "False" and int(images) > 1:
                below = int((taken.reshape(int(images), -1)[shown_ones] < taken.mean()).sum())
                assert f"{below} of these {min(8, int(images))} lie" in saying.text, saying
            elif where == "relu" and moving == "False" and int(images) > 1:
                if taken.var() == 0:
                    continue
                y = channel.gamma * (taken - taken.mean()) / np.sqrt(taken.var() + float(epsilon)) + channel.beta
                cut = (x if order == "after" else y) < 0
                sample = int(cut.reshape(int(images), -1)[shown_ones].sum())
                assert saying.text.startswith(f"{sample} of these {min(8, int(images))} "), saying
                assert int(re.search(r"of all ([\d,]+) values", saying.text)[1].replace(",", "")) == x.size
                share = re.search(r"values (?:under |over )?(\d+) %", saying.text)
                assert float(share[1]) == shown(float(cut.mean())), saying
            elif where == "behind":
                assert f"{x.size:,}" in saying.text or x.size == min(8, int(images)), saying
            checked[where] += 1
        assert len(checked) == 4


BEFORE = TrainingConfig()
EDGES = (
    BEFORE,
    TrainingConfig(placement="none", bias=True),
    *(bug.config for bug in BUGS),
    TrainingConfig(learning_rate=1.0),
    TrainingConfig(epsilon=1.0, batch_size=1, batches=1),
    TrainingConfig(batches=2, batch_size=2, momentum=0.0),
    TrainingConfig(dataset="fashion-mnist", momentum=0.9999),
    TrainingConfig(dataset="mnist-5k", bug="leaky-evaluation", batches=1),
)


def made(step: int, moving: float, other: float, loss: float = 0.3) -> Evaluated:
    return Evaluated(step, 250, Score(loss, moving), Score(0.3, other), Score(0.3, other), 1.0)


def ended(config: TrainingConfig, count: int, of: int = 20, times: int = 1) -> Scored:
    """A run's end with `count` of `of` validation and test images right, and as many of the hundred."""
    confusion = np.zeros((10, 10), dtype=np.int64)
    confusion[1, 1] = count
    left = of - count
    confusion[2, 3] = min(times, left)
    confusion[4, 5] = left - confusion[2, 3]
    share = count / of
    return replace(
        scored(config if config.normalized else TrainingConfig(placement="none", bias=True)),
        validation=Score(0.3, share),
        test=Score(0.3, share),
        one_by_one=count / 100,
        validation_confusion=confusion,
        test_confusion=confusion,
    )


class TestEdges:
    @pytest.mark.parametrize("config", EDGES, ids=lambda config: config.identity[:6])
    def test_the_first_ten_batches(self, config: TrainingConfig) -> None:
        for step in range(11):
            for moving, other, loss in (
                (0.1, 0.1, 0.3),
                (0.08, 0.16, 1e6),
                (0.1, 0.9, 1e27),
                (0.9, 0.1, 0.7),
                (1, 1, 0),
            ):
                event = made(step, moving, other, loss)
                if not config.normalized:
                    event = replace(event, batch=None, recalibrated=None)
                losses = np.full(step, loss)
                said = [
                    captions.gap([event], config),
                    captions.absurd(losses, [event], config, BLIND_LOSS),
                    captions.blind(losses, BLIND_LOSS),
                    captions.batches(step),
                ]
                if config.normalized:
                    for drifts in (None, np.full(20, 1.0), np.full(20, np.inf), np.array([0.5, *[np.nan] * 19])):
                        said.append(population.what_to_see(event, drifts, config))
                    for decay in (0.0, 0.3, 0.5, 0.99):
                        for score in (moving, other):
                            said.append(population.of_decay(score, event, population.Decay(decay, False), config))
                for text in said:
                    assert not faults(text), text
                assert (captions.absurd(losses, [event], config, BLIND_LOSS) != "") == (loss >= 10)

    @pytest.mark.parametrize("config", EDGES, ids=lambda config: config.identity[:6])
    @pytest.mark.parametrize(("count", "of"), [(0, 20), (1, 20), (2, 20), (19, 20), (20, 20)])
    @pytest.mark.parametrize("times", [1, 2, 10])
    def test_counts_of_none_one_two_and_all(self, config: TrainingConfig, count: int, of: int, times: int) -> None:
        end = ended(config, count, of, times)
        for text in (
            captions.how_scored(config),
            captions.of_validation(end, config),
            captions.of_test(end, config),
            captions.of_one_by_one(end, config),
            captions.training(config),
            captions.variant(config),
        ):
            assert not faults(text), text

    def test_all_right_and_ties(self) -> None:
        text = prose("train")
        assert captions.of_validation(ended(BEFORE, 20), BEFORE) == (
            text("ending.validation.constant", answer=1, images=20, members=20)
        )
        tied = captions.of_validation(ended(BEFORE, 18, times=1), BEFORE)
        mistake = text("ending.validation.one_of_the_commonest", true=2, answered=3, times="once")
        assert tied == f"{text('ending.validation.right', right=18, images=20)} {mistake}"

    @pytest.mark.parametrize("layer", [1, 14, 15, 20])
    @pytest.mark.parametrize("size", [1, 2, 3, 64])
    def test_batches_of_one_and_two(self, layer: int, size: int) -> None:
        config = TrainingConfig(batch_size=size)
        for text in (population.layer_heading(layer, config), population.bessel(layer, config)):
            assert not faults(text), text

    @pytest.mark.parametrize(
        ("pace", "said"),
        [
            (0.0, None),
            (0.04, "progress.slow"),
            (0.5, "progress.slow"),
            (0.6, "progress.pace"),
            (0.96, "progress.pace_one"),
            (1.04, "progress.pace_one"),
            (2.5, "progress.pace"),
            (23.4, "progress.pace"),
        ],
    )
    def test_a_pace(self, pace: float, said: str | None) -> None:
        text = status_words.pace(pace)
        assert not faults(text)
        assert "/s" not in text or not text.startswith(("0 ", "1 batches"))
        assert said is None or values(prose("runs"), said, text) is not None

    @pytest.mark.parametrize("seconds", [0, 1, 59, 89, 90, 100, 3569, 3570, 3600, 3660, 7200, 86_399, 86_400, 200_000])
    def test_durations_and_ages(self, seconds: int) -> None:
        for text in (status_words.duration(seconds), status_words.ago(seconds)):
            assert not faults(text), text
            assert not re.search(r"\b60 min|\b24 h ago|\b0 (min|h)\b", text), text
