"""The sentences of the home page: numbers from the recording, words from `pages/prose/en/race.toml`."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from bn_core.data.catalogue import TITLES
from bn_core.names import NETWORK_BY_KEY
from pages.race_page.findings import LEARNED, Lag, Seeds, Signal, toss
from pages.race_page.lanes import BAR, QUESTION_STEP, Lane, three_way_steps
from pages.race_page.material import Material
from pages.words.captions import batches
from pages.words.plain_text import plain
from pages.words.prose import listed, prose

TEXT = prose("race")

LITTLE = 0.2
"""Below which accuracy a network is said to have learned little: chance is 0.1."""

BEHIND = 0.1
"""From which difference on the population statistics are said to lag behind the weights."""

TOSSED = "none-he"
"""The network whose end depends on the seed."""


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return TEXT("percent", percentage=100 * share)


def interval(shares: Sequence[float]) -> str:
    """From the lowest to the highest, as whole percentages, on one line; one of them where they are the same."""
    low, high = percent(min(shares)), percent(max(shares))
    if low == high:
        return low
    return TEXT("interval", low=100 * min(shares), high=100 * max(shares))


def fold(factor: float) -> str:
    """How many times, to two significant digits."""
    digits = 1 - math.floor(math.log10(factor))
    return f"{round(factor, digits):,.{max(0, digits)}f}"


def number(count: int) -> str:
    """A count in words where it is small."""
    words = TEXT.list("numbers")
    return words[count] if count < len(words) else f"{count:,}"


def captions(lanes: Sequence[Lane], mode: str) -> list[tuple[int, str]]:
    """What there is to see, from each step of the three-way evaluations on.

    Args:
        mode: `batch` or `moving`: with which statistics the networks are scored.
    """
    return [(step, _caption(lanes, mode, step)) for step in three_way_steps(lanes)]


def _caption(lanes: Sequence[Lane], mode: str, step: int) -> str:
    able = [lane.batch.at(step) for lane in lanes if lane.normalized]
    let_through = [lane.moving.at(step) for lane in lanes if lane.normalized]
    others = [lane.batch.at(step) for lane in lanes if not lane.normalized]
    shown = able if mode == "batch" else let_through
    if max(able) < LITTLE:
        key = "start" if step == 0 else "little"
    elif mode == "batch":
        key = "batch"
    else:
        lags = [a - b for a, b in zip(able, let_through, strict=True)]
        key = "behind" if max(lags) >= BEHIND else "caught-up"
    return TEXT(
        f"captions.{key}",
        batches=batches(step),
        able=interval(able),
        let_through=interval(let_through),
        others=interval(others),
        all=interval([*shown, *others]),
    )


def verdict(lanes: Sequence[Lane], guess: Collection[str], seeds: Seeds) -> str:
    """What is said of a guess once the question is settled: one sentence; of no guess, the answer.

    Args:
        guess: keys of the networks that were said to be above the bar.
    """
    if not guess:
        return _answer(lanes)
    wrong = [lane for lane in lanes if lane.above != (lane.key in guess)]
    right = len(lanes) - len(wrong)
    luck = _other_seed(lanes, seeds)
    plainly_wrong = [lane for lane in wrong if not (luck and lane.key == TOSSED)]
    reasons = []
    for where, above in (("below", False), ("above", True)):
        if those := [lane for lane in plainly_wrong if lane.above == above]:
            reasons.append(_standing(those, where))
    if luck and (not wrong or len(plainly_wrong) < len(wrong)):
        reasons.append(luck)
    said = TEXT("verdict.said", said=len(guess), of=len(lanes))
    key = ("lucky" if reasons else "all") if not wrong else "some" if right else "none"
    return TEXT(f"verdict.{key}", said=said, right=right, reasons="; ".join(reasons))


def outcome(lanes: Sequence[Lane], guess: Collection[str]) -> str:
    """The score of a guess in three words."""
    right = sum(lane.above == (lane.key in guess) for lane in lanes)
    return TEXT("verdict.outcome", right=right, of=len(lanes))


def guesses(lanes: Sequence[Lane]) -> list[set[str]]:
    """Every guess there is; number n has the lanes whose bits are set in n."""
    return [{lane.key for bit, lane in enumerate(lanes) if n >> bit & 1} for n in range(2 ** len(lanes))]


def _answer(lanes: Sequence[Lane]) -> str:
    """Which networks are above the bar."""
    above = [NETWORK_BY_KEY[lane.key].spoken for lane in lanes if lane.above]
    return TEXT(
        "verdict.answer" if above else "verdict.nobody",
        count=number(len(above)).capitalize(),
        of=number(len(lanes)),
        bar=percent(BAR),
        step=QUESTION_STEP,
        names=listed(above),
    )


def _standing(lanes: Sequence[Lane], where: str) -> str:
    """Where these networks are when the question is settled."""
    number_of = "one" if len(lanes) == 1 else "several"
    names = listed([NETWORK_BY_KEY[lane.key].spoken for lane in lanes])
    return TEXT(f"verdict.{where}.{number_of}", names=names, values=interval([lane.asked for lane in lanes]))


def _other_seed(lanes: Sequence[Lane], seeds: Seeds) -> str:
    """That He's network ends otherwise with another seed; empty where it does not, in the sweep."""
    here = next(lane.asked for lane in lanes if lane.key == TOSSED)
    learned, stayed = toss(seeds.accuracies[TOSSED][1:])
    if not (learned if here < LEARNED else stayed):
        return ""
    other = max(learned) if here < LEARNED else min(stayed)
    return TEXT("verdict.luck", name=NETWORK_BY_KEY[TOSSED].spoken, here=percent(here), other=percent(other))


def of_signal(found: Signal) -> str:
    """What becomes of the signal on its way through the layers."""
    said = TEXT("findings.signal.sentence", fold=fold(found.shrinks), factor=fold(found.normalized_range))
    if found.same_answer is None:
        return said
    return f"{said} {TEXT('findings.signal.same', images=found.same_answer)}"


def of_learning(found: Seeds) -> str:
    """How the networks with batch normalization ended, over all seeds."""
    keys = found.normalized
    ends, medians = found.of(keys), [found.median(key) for key in keys]
    between, within = max(medians) - min(medians), max(found.spread(key) for key in keys)
    return TEXT(
        "findings.learning.within" if between < within else "findings.learning.beyond",
        trainings=len(ends),
        seeds=number(len(found.seeds)),
        low=100 * min(ends),
        high=100 * max(ends),
        medians=100 * between,
        spread=100 * within,
    )


def of_lag(found: Lag) -> str:
    """How far the population statistics were behind the weights at the worst step."""
    return TEXT(
        "findings.lag.sentence",
        step=found.step,
        able=percent(found.able),
        let_through=percent(found.let_through),
        held=percent(found.held),
    )


def of_toss(found: Seeds) -> str:
    """How He's network without batch normalization ended, seed by seed, beside those with it."""
    learned, stayed = toss(found.accuracies[TOSSED])
    key = "both" if learned and stayed else "always" if learned else "never"
    return TEXT(
        f"findings.toss.{key}",
        seeds=number(len(found.seeds)),
        learned=number(len(learned)),
        stayed=number(len(stayed)),
        high=interval(learned or [0]),
        low=interval(stayed or [0]),
        lowest=percent(math.floor(100 * min(found.of(found.normalized))) / 100),
    )


def source_long(made_of: Material) -> str:
    """Where everything on the page comes from."""
    config = made_of.lanes[0].run.config
    made = made_of.provenance
    packages = TEXT.table("packages")
    return TEXT(
        "source.long",
        runs=sum(len(by_seed) for by_seed in made_of.runs.values()),
        batches=config.batches,
        batch_size=config.batch_size,
        dataset=TITLES[config.dataset],
        date=made.date.partition("T")[0],
        versions=", ".join(f"{packages.get(name, name)} {version}" for name, version in made.versions.items()),
        processor=plain(made.processor.partition(",")[0]),
    )
