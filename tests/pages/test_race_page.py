"""The home page: what it says of the recorded race, how it scores a guess, and where its links lead."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bn_core.config import TrainingConfig
from bn_core.exhibits import Library, library
from bn_core.exhibits.catalogue import RACE, SWEEP_SEEDS
from bn_core.names import NETWORK_BY_KEY
from bn_core.protocol import is_scheduled
from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from bn_core.training.events import Evaluated, Score, Scored
from pages.parts import glossary
from pages.race_page import cards, findings, meaning, pictures, sentences, track
from pages.race_page.lanes import QUESTION_STEP, Curve, Lane, lane
from pages.race_page.material import Material, material
from pages.race_page.sentences import percent
from pages.words import captions
from pages.words.numbers import tenths
from pages.words.prose import listed, prose
from tests.pages.lab import Lab, data_of, text_of, wording

KEYS = tuple(variant.key for variant in RACE)
CONFIGS = {variant.key: variant.config for variant in RACE}

TEXT = prose("race")

shares = st.integers(0, 250).map(lambda right: right / 250)


def made(key: str, asked: float, moving: float | None = None) -> Lane:
    """A lane that is at `asked` when the question is settled."""
    config = CONFIGS[key]
    batch = Curve((0, QUESTION_STEP, 800), (0.1, asked, asked))
    slow = Curve((0, QUESTION_STEP, 800), (0.1, asked if moving is None else moving, asked))
    return Lane(key, record(config), batch, slow if config.normalized else batch, 250)


def record(config: TrainingConfig) -> RunRecord:
    return RunRecord(
        "abcdefghij", config, None, True, "finished", None, "", 800, 0.0, 0.0, 0.0, None, None, None, "mnist"
    )


def lanes(asked: dict[str, float]) -> list[Lane]:
    return [made(key, asked[key]) for key in KEYS]


def seeds(
    he: tuple[float, ...], others: float = 0.96, falling: tuple[bool, ...] = (), **asked: tuple[float, ...]
) -> findings.Seeds:
    """A sweep in which only He's network differs from seed to seed; `asked` when the question is settled."""
    low = {"none": 0.11}
    accuracies = {key: he if key == "none-he" else (low.get(key, others),) * len(he) for key in KEYS}
    still = {"none-he": falling} if falling else {}
    settled = {key.replace("_", "-"): values for key, values in asked.items()}
    return findings.Seeds(tuple(range(len(he))), accuracies, settled, still)


HEALTHY = {"none": 0.1, "none-he": 0.1, "before": 0.93, "before-bias": 0.94, "after": 0.93, "after-bias": 0.92}
NO_LUCK = seeds((0.11, 0.94, 0.12), after_bias=(0.92, 0.94, 0.91), none_he=(0.1, 0.53, 0.4))
LUCK = seeds((0.11, 0.94, 0.12), after_bias=(0.92, 0.892, 0.91), none_he=(0.1, 0.53, 0.4))


AT_QUESTION = {"batches": captions.batches(QUESTION_STEP)}


def spoken(key: str) -> str:
    return NETWORK_BY_KEY[key].spoken


def luck(here: str, other: str, key: str = "after-bias") -> str:
    """That a network is on the other side of the bar with another seed."""
    return TEXT("verdict.luck", name=spoken(key), here=here, other=other)


class TestLanes:
    def history(self, placement: str) -> RunHistory:
        config = TrainingConfig.of({"placement": placement})
        events = []
        for step in range(0, 401, 25):
            three_way = config.normalized and is_scheduled(step, 800)
            score = Score(0.3, 0.5)
            events.append(
                Evaluated(step, 250, Score(0.3, step / 1000), *((score, score) if three_way else (None, None)), 1.0)
            )
        return RunHistory("abcdefghij", evaluations=tuple(events))

    def test_each_curve_has_what_was_measured_and_when(self) -> None:
        found = lane("before", record(TrainingConfig()), self.history("before"))
        assert found.moving.steps == tuple(range(0, 401, 25))
        assert found.batch.steps == (0, 50, 75, 100, 150, 200, 250, 300, 400)
        assert set(found.batch.values) == {0.5}

    def test_without_normalization_there_is_one_score(self) -> None:
        found = lane("none", record(TrainingConfig(placement="none", bias=True)), self.history("none"))
        assert found.batch == found.moving
        assert len(found.moving.steps) == 17

    def test_a_run_without_measurements_cannot_race(self) -> None:
        with pytest.raises(LookupError, match="cannot race"):
            lane("before", record(TrainingConfig()), RunHistory("abcdefghij"))

    def test_the_latest_measurement_counts(self) -> None:
        curve = Curve((0, 100, 200), (0.1, 0.5, 0.9))
        assert [curve.at(step) for step in (0, 99, 100, 150, 200, 999)] == [0.1, 0.1, 0.5, 0.5, 0.9, 0.9]

    def test_exactly_at_the_bar_is_not_above(self) -> None:
        assert not made("before", 0.9).above
        assert made("before", 0.904).above


class TestVerdict:
    @given(st.fixed_dictionaries(dict.fromkeys(KEYS, shares)), st.sets(st.sampled_from(KEYS), min_size=1))
    def test_it_counts_what_was_right(self, asked: dict[str, float], guess: set[str]) -> None:
        raced = lanes(asked)
        right = sum((asked[key] > 0.9) == (key in guess) for key in KEYS)
        said = sentences.verdict(raced, guess, seeds((asked["none-he"],) * 3))
        key = {6: "all", 0: "none"}.get(right, "some")
        six = sentences.number(6)
        beginnings = {
            "said": TEXT("verdict.said", said=len(guess), of=6),
            "right": right,
            "wrong": 6 - right,
            "of": six,
            "reasons": "",
        }
        assert said.startswith(TEXT(f"verdict.{key}", **beginnings).rstrip(": ."))
        assert sentences.outcome(raced, guess) == TEXT("verdict.outcome", right=right, of=6)

    @given(st.fixed_dictionaries(dict.fromkeys(KEYS, shares)), st.sets(st.sampled_from(KEYS), min_size=1))
    def test_it_names_just_those_that_were_wrong(self, asked: dict[str, float], guess: set[str]) -> None:
        reasons = sentences.verdict(lanes(asked), guess, seeds((asked["none-he"],) * 3)).partition(": ")[2]
        named = set(re.split(r", | and | is | are |; |\.$", reasons))
        wrong = {NETWORK_BY_KEY[key].spoken for key in KEYS if (asked[key] > 0.9) != (key in guess)}
        assert named & {NETWORK_BY_KEY[key].spoken for key in KEYS} == wrong

    def test_in_its_words(self) -> None:
        raced, six = lanes(HEALTHY), sentences.number(6)
        below = TEXT("verdict.below", names=spoken("none-he"), count=1, values=percent(0.1))
        reasons = {"right": 4, "wrong": 2, "of": six, "reasons": f"{below}; {luck(percent(0.92), percent(0.892))}"}
        said = TEXT("verdict.some", said=TEXT("verdict.said", said=4, of=6), **reasons)
        assert sentences.verdict(raced, {"before", "before-bias", "after", "none-he"}, LUCK) == said
        names = listed([spoken("after"), spoken("after-bias")])
        above = TEXT("verdict.above", names=names, count=2, values=TEXT("interval", low=92, high=93))
        said = TEXT("verdict.some", said=TEXT("verdict.said", said=2, of=6), right=4, wrong=2, of=six, reasons=above)
        assert sentences.verdict(raced, {"before", "before-bias"}, NO_LUCK) == said

    def test_all_right_is_luck_where_another_seed_is_across_the_bar_at_that_batch(self) -> None:
        """How a run ends says nothing: the question is about the batch at which it is settled."""
        right = {"before", "before-bias", "after", "after-bias"}
        said = {"said": TEXT("verdict.said", said=4, of=6), "of": sentences.number(6)}
        lucky = TEXT("verdict.lucky", reasons=luck(percent(0.92), percent(0.892)), **said)
        assert sentences.verdict(lanes(HEALTHY), right, LUCK) == lucky
        assert sentences.verdict(lanes(HEALTHY), right, NO_LUCK) == TEXT("verdict.all", **said)

    def test_luck_the_other_way_round(self) -> None:
        raced = lanes(HEALTHY | {"none-he": 0.94})
        found = seeds((0.95, 0.11, 0.94), none_he=(0.94, 0.4, 0.53))
        said = sentences.verdict(raced, {"before", "before-bias", "after", "after-bias"}, found)
        assert luck(percent(0.94), percent(0.4), "none-he") in said

    def test_what_rounds_to_the_bar_is_told_from_it(self) -> None:
        said = sentences.verdict(lanes(HEALTHY | {"after": 0.904}), {"before", "before-bias", "after-bias"}, NO_LUCK)
        assert TEXT("verdict.above", names=spoken("after"), count=1, values=tenths(90.4)) in said

    def test_who_did_not_guess_is_told_the_answer(self) -> None:
        asked = {"of": sentences.number(6), "bar": percent(0.9), "step": QUESTION_STEP}
        names = listed([spoken(key) for key in KEYS if not key.startswith("none")])
        answer = TEXT("verdict.answer", count=sentences.number(4).capitalize(), above=4, names=names, **asked)
        assert sentences.verdict(lanes(HEALTHY), set(), LUCK) == answer
        nobody = sentences.verdict(lanes(dict.fromkeys(KEYS, 0.2)), set(), LUCK)
        assert nobody == TEXT("verdict.nobody", **asked)

    def test_every_guess_has_its_number(self) -> None:
        guesses = sentences.guesses(lanes(HEALTHY))
        assert len(guesses) == 64
        assert guesses[0] == set()
        assert guesses[0b000110] == {"none-he", "before"}


class TestCaptions:
    def raced(self, able: float, moving: float) -> list[Lane]:
        return [made(key, able if CONFIGS[key].normalized else 0.1, moving) for key in KEYS]

    def at_question(self, able: float, moving: float, mode: str) -> str:
        return dict(sentences.captions(self.raced(able, moving), mode))[QUESTION_STEP]

    def test_while_the_statistics_lag(self) -> None:
        said = TEXT("captions.behind", **AT_QUESTION, moving=percent(0.3), able=percent(0.92))
        assert self.at_question(0.92, 0.3, "moving") == said

    def test_when_they_have_caught_up(self) -> None:
        said = TEXT("captions.caught-up", **AT_QUESTION, moving=percent(0.9), able=percent(0.92))
        raced = [
            replace(lane, moving=Curve((0, 100, QUESTION_STEP), (0.1, 0.1, lane.moving.at(QUESTION_STEP))))
            for lane in self.raced(0.92, 0.9)
        ]
        raced = [replace(lane, batch=Curve((0, 100, QUESTION_STEP), (0.1, 0.6, 0.92))) for lane in raced[2:]] + raced[
            :2
        ]
        assert dict(sentences.captions(raced, "moving"))[QUESTION_STEP] == said

    def test_what_never_lagged_has_not_caught_up(self) -> None:
        said = TEXT("captions.agree", **AT_QUESTION, moving=percent(0.9), able=percent(0.92))
        assert self.at_question(0.92, 0.9, "moving") == said

    def test_with_batch_statistics(self) -> None:
        said = TEXT("captions.batch", **AT_QUESTION, able=percent(0.92), others=percent(0.1))
        assert self.at_question(0.92, 0.3, "batch") == said

    def test_where_little_is_learned_nothing_is_said_to_lag(self) -> None:
        assert self.at_question(0.15, 0.1, "moving") == TEXT("captions.little", **AT_QUESTION, all=percent(0.1))
        first = sentences.captions(self.raced(0.9, 0.9), "batch")[0]
        assert first == (0, TEXT("captions.start", all=percent(0.1)))

    def test_one_batch_is_not_several(self) -> None:
        assert captions.batches(1) == "1 batch"
        assert captions.batches(1200) == "1,200 batches"


class TestFindings:
    def test_the_lag_is_the_largest_of_the_steps_that_can_be_asked_about(self) -> None:
        curve = Curve((0, 100, 150, 250), (0.1, 0.8, 0.9, 0.95))
        slow = Curve((0, 100, 150, 250), (0.1, 0.1, 0.1, 0.7))
        found = findings.lag(Lane("before", record(TrainingConfig()), curve, slow, 250), (100, 250))
        assert (found.step, found.able, found.moving) == (100, 0.8, 0.1)
        assert found.held == pytest.approx(0.99**100)

    @pytest.mark.parametrize(
        ("he", "falling", "learned", "begun", "stayed"),
        [
            ((0.45, 0.114, 0.932), (True, False, False), (0.932,), (0.45,), (0.114,)),
            ((0.45, 0.114, 0.932), (False, True, True), (0.932,), (), (0.114, 0.45)),
            ((0.94, 0.95, 0.932), (True, False, False), (0.932, 0.95), (), ()),
            ((0.11, 0.12, 0.11), (False, False, False), (), (), (0.11, 0.12)),
        ],
    )
    def test_how_a_network_without_bn_ends(
        self,
        he: tuple[float, ...],
        falling: tuple[bool, ...],
        learned: tuple[float, ...],
        begun: tuple[float, ...],
        stayed: tuple[float, ...],
    ) -> None:
        found = seeds(he, falling=falling)
        ended = findings.fates(found, "none-he")
        assert len(ended.learned) + len(ended.begun) + len(ended.stayed) == len(he)
        parts = []
        for key, ends in (("learned", learned), ("begun", begun), ("stayed", stayed)):
            n = len(getattr(ended, key))
            assert (n > 0) == bool(ends)
            if n:
                count = TEXT("findings.without.all") if n == len(he) else sentences.number(n)
                parts.append(TEXT(f"findings.without.{key}", count=count, n=n, ends=sentences.interval(ends)))
        all_stay = {"count": TEXT("findings.without.all"), "n": 3, "ends": percent(0.11)}
        glorot = TEXT("findings.without.stayed", **all_stay)
        values = {"seeds": sentences.number(3), "glorot": glorot, "lowest": percent(0.96)}
        assert sentences.of_without(found) == TEXT("findings.without.sentence", he=listed(parts), **values)

    def test_a_loss_that_falls(self) -> None:
        noise = np.tile([0.01, -0.01], 50)
        assert findings.falls(np.linspace(0.33, 0.25, 100) + noise)
        assert not findings.falls(np.full(100, 0.3258) + noise)
        assert not findings.falls(np.linspace(0.25, 0.33, 100) + noise)
        assert not findings.falls(np.linspace(0.33, 0.25, 99))

    @given(st.lists(st.floats(0.905, 0.999), min_size=3, max_size=3))
    def test_no_winner_is_named_within_the_spread_of_the_seeds(self, values: list[float]) -> None:
        low, middle, high = sorted(values)
        # Every variant has the same accuracies: the medians do not differ.
        found = findings.Seeds((0, 1, 2), dict.fromkeys(KEYS, (low, middle, high)))
        said = sentences.of_learning(found)
        assert said.endswith(TEXT("findings.learning.within").rpartition("}")[2]) == (high > low)

    def test_the_lowest_is_never_said_to_be_higher_than_it_is(self) -> None:
        said = sentences.of_without(seeds((0.11, 0.94, 0.5), others=0.9296))
        assert percent(0.92) in said.rpartition(".")[0].rpartition(".")[2]

    @given(st.floats(0.3, 0.999))
    def test_an_axis_begins_below_its_lowest_value(self, lowest: float) -> None:
        start = findings.axis_start(lowest)
        assert lowest - 0.06 < start < lowest
        assert abs(start * 20 - round(start * 20)) < 1e-9

    def test_the_other_side_is_a_seed_that_ended_otherwise(self) -> None:
        members = {0: "first", 1: "second", 2: "third"}
        assert findings.other_side(seeds((0.4, 0.1, 0.9)), members) == "third"
        assert findings.other_side(seeds((0.9, 0.91, 0.1)), members) == "third"
        assert findings.other_side(seeds((0.1, 0.1, 0.1)), members) == "first"

    def test_a_network_that_tells_images_apart_has_no_one_answer(self) -> None:
        shipped = library()
        probe = shipped.probes(shipped.find("none").record.id).probes[0]
        scored = shipped.history(shipped.find("before").record.id).scored
        assert isinstance(scored, Scored)
        assert findings.signal(probe, probe, scored).same_answer is None


class TestPictures:
    def numbers(self, svg: str) -> list[ElementTree.Element]:
        return list(ElementTree.fromstring(svg).iter())

    @given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
    def test_every_seed_has_its_dot_inside_the_picture(self, accuracies: list[float]) -> None:
        found = findings.Seeds(tuple(range(len(accuracies))), {"before": tuple(accuracies)})
        svg = pictures.strip_picture(found, {"before": "before"}, 0, "a strip")
        dots = [element for element in self.numbers(svg) if element.tag.endswith("circle")]
        assert len(dots) == len(accuracies)
        for dot in dots:
            assert 0 <= float(dot.get("cx")) <= pictures.WIDTH
            assert 0 <= float(dot.get("cy")) <= pictures.HEIGHT

    def test_seeds_that_end_alike_can_be_counted(self) -> None:
        found = findings.Seeds((0, 1, 2), {"none": (0.1135, 0.1135, 0.1135)})
        svg = pictures.strip_picture(found, {"none": "no BN"}, 0, "a strip")
        assert len(set(re.findall(r'cy="([\d.]+)"', svg))) == 3

    def test_words_in_a_picture_stay_words(self) -> None:
        svg = pictures.strip_picture(findings.Seeds((0,), {"none": (0.5,)}), {"none": "<b>"}, 0, 'a "strip" <i>')
        root = ElementTree.fromstring(svg)
        assert root.get("aria-label") == 'a "strip" <i>'


@pytest.fixture(scope="module")
def shipped() -> Material:
    found = material(library())
    assert found is not None, "the recorded race is incomplete: python -m bn_core record"
    return found


class TestWithTheShippedRecording:
    def test_the_curves_are_the_recorded_ones(self, shipped: Material) -> None:
        assert [lane.key for lane in shipped.lanes] == list(KEYS)
        for found in shipped.lanes:
            history = library().history(found.run.id)
            measured = {event.step: event.moving.accuracy for event in history.evaluations}
            assert dict(zip(found.moving.steps, found.moving.values, strict=True)) == measured
            assert found.run.config.with_(dataset="mnist") == CONFIGS[found.key]

    def test_what_the_browser_gets_is_what_was_measured(self, shipped: Material) -> None:
        sent = json.loads(json.dumps(track.data(shipped)))
        for found, lane_sent in zip(shipped.lanes, sent["lanes"], strict=True):
            for mode, curve in (("batch", found.batch), ("moving", found.moving)):
                assert lane_sent[mode]["steps"] == list(curve.steps)
                np.testing.assert_allclose(lane_sent[mode]["values"], curve.values, atol=5e-5)
        assert len(sent["verdicts"]) == len(sent["outcomes"]) == 64

    def test_each_line_can_be_told_without_its_colour(self, shipped: Material) -> None:
        sent = track.data(shipped)["lanes"]
        assert len({lane["name"] for lane in sent}) == 6
        for hue in ("orange", "blue", "green"):
            strokes = {(tuple(lane["dash"]), lane["dots"]) for lane in sent if lane["hue"] == hue}
            assert len(strokes) == 2

    def test_the_four_findings_are_there(self, shipped: Material) -> None:
        assert shipped.signal.shrinks > 1000
        assert shipped.signal.normalized_range < 100
        assert min(shipped.seeds.of(shipped.seeds.normalized)) > 0.9
        lag = findings.lag(shipped.lane("before"), shipped.snapshot_steps)
        assert lag.able > 0.7
        assert lag.moving < 0.2
        ended = findings.fates(shipped.seeds, "none-he")
        assert (len(ended.learned), len(ended.begun), len(ended.stayed)) == (3, 1, 1)
        assert not findings.fates(shipped.seeds, "none").learned

    def test_the_sweep_is_complete(self, shipped: Material) -> None:
        assert shipped.seeds.seeds == SWEEP_SEEDS
        for key in KEYS:
            for seed, run in shipped.runs[key].items():
                found = library().run(run)
                assert found is not None
                assert found.config.seed == seed
                assert found.test_accuracy == shipped.seeds.accuracies[key][seed]

    def test_no_picture_lacks_its_words(self, shipped: Material) -> None:
        for card in cards.cards(shipped):
            assert glossary.bare(card.sentence) in ElementTree.fromstring(card.svg).get("aria-label")


INTRODUCTION = TEXT("intro").partition(":")[0]
MEANING = glossary.bare(TEXT("meaning.what")).partition("; ")[0]
"""The beginnings of two texts, before their first term."""


class TestMeaning:
    """What batch normalization is, before the race."""

    @pytest.fixture(scope="class")
    def found(self) -> meaning.Meaning:
        shown = meaning.meaning(library())
        assert shown is not None
        return shown

    def test_each_channel_is_normalized_by_its_own_mean_and_variance(self, found: meaning.Meaning) -> None:
        for raw, normalized in zip(np.float64(found.raw), found.normalized, strict=True):
            centred = raw - sum(raw) / len(raw)
            variance = sum(centred**2) / len(raw)
            np.testing.assert_allclose(normalized, centred / (variance + TrainingConfig().epsilon) ** 0.5, atol=1e-6)

    def test_no_other_layer_with_a_dot_for_each_image_has_channels_further_apart(self, found: meaning.Meaning) -> None:
        member = next(member for member in library().members() if member.captured)
        for layer in range(1, 20):
            first, second = (library().channel(member.record.id, found.step, layer, place) for place in (0, 1))
            if first.side == 1:
                apart = abs(first.values.mean() - second.values.mean()) / (first.values.std() + second.values.std())
                shown = abs(found.raw[0].mean() - found.raw[1].mean()) / (found.raw[0].std() + found.raw[1].std())
                assert apart <= shown + 1e-6

    def test_the_sentence_has_the_figures_of_the_picture(self, found: meaning.Meaning) -> None:
        said = meaning.sentence(found)
        for values, digits in ((found.raw, 2), (found.normalized, 1)):
            for figure in [*values.mean(axis=1), *values.std(axis=1)]:
                assert f"{abs(figure):.{digits}f}" in said
        assert "-" not in said
        assert "\u22120.0" not in said

    def test_every_value_is_a_dot_within_its_row_and_each_row_has_its_mean(self, found: meaning.Meaning) -> None:
        drawn = ElementTree.fromstring(meaning.picture(found))
        dots = [element for element in drawn.iter() if element.get("class", "").startswith("value")]
        assert len(dots) == 2 * found.raw.size
        assert min(float(dot.get("cy")) for dot in dots) >= meaning.TOP
        assert len([element for element in drawn.iter() if element.get("class") == "mean"]) == 4

    def test_where_nothing_was_captured_the_page_has_its_introduction(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert MEANING in text_of(lab.home())
        monkeypatch.setattr(meaning, "meaning", lambda library: None)
        assert INTRODUCTION in text_of(lab.home())

    def test_a_room_is_told_by_whoever_presents(self, lab: Lab) -> None:
        said = text_of(lab.home(present="1"))
        assert INTRODUCTION not in said
        assert MEANING not in said


def links(page: AppTest) -> list[tuple[str, str]]:
    return [(link.proto.page, link.proto.query_string) for link in page.get("page_link")]


class TestPage:
    def test_it_stands_with_its_charts_and_without_an_engine(self, lab: Lab) -> None:
        lab.engine("off")
        page = lab.home()
        assert not page.exception
        assert len(data_of(page, "race")["lanes"]) == 6
        for key in ("signal", "learning", "lag", "without"):
            assert "<svg" in data_of(page, f"finding-{key}")["svg"]
        said = text_of(page)
        assert wording(TEXT("source.long")) in said

    def test_the_findings_link_to_runs_that_exist(self, lab: Lab) -> None:
        found = [query for _, query in links(lab.home()) if query]
        assert len(found) == 4
        for query in found:
            run = re.search(r"run=([a-z0-9]{10})", query)[1]
            assert library().run(run) is not None

    def test_each_link_opens_a_page_that_stands(self, lab: Lab, shipped: Material) -> None:
        for card in cards.cards(shipped):
            page = lab.page(card.page.removeprefix("pages/").removesuffix(".py"), **card.address)
            assert not page.exception, card.page
            assert prose("app")("nothing.unknown") not in text_of(page)

    def test_a_link_to_a_run_opens_the_page_that_it_was_copied_on(self, lab: Lab) -> None:
        page = lab.home(run=lab.run(status="finished"), present="1")
        assert not page.exception
        assert page.title[0].value == prose("train")("title")
        assert page.query_params["present"] in ("1", ["1"])

    def test_so_does_a_link_to_a_configuration(self, lab: Lab) -> None:
        page = lab.home(placement="after")
        assert page.title[0].value == prose("train")("title")
        assert "after" in page.query_params["placement"]

    def test_presenter_mode_stays_and_goes_along(self, lab: Lab) -> None:
        page = lab.home(present="1")
        assert page.title[0].value == TEXT("title")
        assert all("present=1" in query for _, query in links(page))

    def test_an_address_that_cannot_be_used_gets_a_sentence(self, lab: Lab) -> None:
        page = lab.home(nonsense="1")
        assert page.title[0].value == TEXT("title")
        assert "nonsense" in page.warning[0].value

    def test_without_recorded_runs_it_says_so(self, lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
        empty = Library(tmp_path)
        monkeypatch.setattr("bn_core.exhibits.library", lambda: empty)
        page = lab.home()
        assert not page.exception
        assert page.info[0].value == TEXT("missing")
