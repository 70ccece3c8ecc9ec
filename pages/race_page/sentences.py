"""The sentences of the home page: numbers from the recording, words from `pages/prose/en/race.toml`."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from bn_core.data.catalogue import TITLES
from bn_core.names import NETWORK_BY_KEY
from pages.race_page.findings import Fates, Lag, Seeds, Signal, fates
from pages.race_page.lanes import BAR, QUESTION_STEP, Lane, three_way_steps
from pages.race_page.material import Material
from pages.words.captions import LITTLE, alike, batches
from pages.words.numbers import tenths, times
from pages.words.plain_text import plain
from pages.words.prose import listed, prose

TEXT = prose("race")


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return TEXT("percent", percentage=100 * share)


def interval(shares: Sequence[float]) -> str:
    """From the lowest to the highest, as whole percentages, on one line; one of them where they are the same."""
    low, high = percent(min(shares)), percent(max(shares))
    if low == high:
        return low
    return TEXT("interval", low=100 * min(shares), high=100 * max(shares))


def number(count: int) -> str:
    """A count in words where it is small."""
    words = TEXT.list("numbers")
    return words[count] if count < len(words) else f"{count:,}"


def captions(lanes: Sequence[Lane], mode: str) -> list[tuple[int, str]]:
    """What there is to see, from each step of the three-way evaluations on.

    Args:
        mode: `batch` or `moving`: with which statistics the networks are scored.
    """
    said, lagged = [], False
    for step in three_way_steps(lanes):
        lags = any(_behind(lane, step) for lane in lanes if lane.normalized)
        lagged |= lags
        said.append((step, _caption(lanes, mode, step, "behind" if lags else "caught-up" if lagged else "agree")))
    return said


def _behind(lane: Lane, step: int) -> bool:
    """Whether a network scores less with moving than with batch statistics, by more than chance could explain."""
    able, moving = lane.batch.at(step), lane.moving.at(step)
    return moving < able and not alike(able, lane.images, moving, lane.images)


def _caption(lanes: Sequence[Lane], mode: str, step: int, standing: str) -> str:
    """Return what there is to see at a step.

    Args:
        standing: how the moving statistics stand to the batch's: `behind`, `caught-up` or `agree`.
    """
    able = [lane.batch.at(step) for lane in lanes if lane.normalized]
    moving = [lane.moving.at(step) for lane in lanes if lane.normalized]
    others = [lane.batch.at(step) for lane in lanes if not lane.normalized]
    shown = able if mode == "batch" else moving
    if max(*able, *others) < LITTLE:
        key = "start" if step == 0 else "little"
    else:
        key = "batch" if mode == "batch" else standing
    return TEXT(
        f"captions.{key}",
        batches=batches(step),
        able=interval(able),
        moving=interval(moving),
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
    reasons, told = [], wrong or [lane for lane in lanes if _other_seed(lane, seeds) is not None]
    for where, above in (("below", False), ("above", True)):
        plainly = [lane for lane in told if lane.above == above and _other_seed(lane, seeds) is None]
        if plainly:
            reasons.append(_standing(plainly, where))
    for lane in told:
        if (other := _other_seed(lane, seeds)) is not None:
            here, there = precisely(lane.asked), precisely(other)
            reasons.append(TEXT("verdict.luck", name=NETWORK_BY_KEY[lane.key].spoken, here=here, other=there))
    said = TEXT("verdict.said", said=len(guess), of=len(lanes))
    key = ("lucky" if reasons else "all") if not wrong else "some" if right else "none"
    return TEXT(
        f"verdict.{key}", said=said, right=right, wrong=len(wrong), of=number(len(lanes)), reasons="; ".join(reasons)
    )


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
        above=len(above),
        of=number(len(lanes)),
        bar=percent(BAR),
        step=QUESTION_STEP,
        names=listed(above),
    )


def precisely(share: float) -> str:
    """A share as a whole percentage; with a tenth where it would be taken for the bar, which it is not."""
    said = percent(share)
    return tenths(100 * share) if said == percent(BAR) and share != BAR else said


def _standing(lanes: Sequence[Lane], where: str) -> str:
    """Where these networks are when the question is settled."""
    names = listed([NETWORK_BY_KEY[lane.key].spoken for lane in lanes])
    asked = sorted(lane.asked for lane in lanes)
    low, high = precisely(asked[0]), precisely(asked[-1])
    if (low, high) == (percent(asked[0]), percent(asked[-1])):
        values = interval(asked)
    else:
        values = low if low == high else TEXT("verdict.between", low=low, high=high)
    return TEXT(f"verdict.{where}", names=names, count=len(lanes), values=values)


def _other_seed(lane: Lane, seeds: Seeds) -> float | None:
    """What a network scores with the seed that takes it furthest across the bar; None where none does.

    Both scores are of the batch that the question is about.
    """
    across = [asked for asked in seeds.asked.get(lane.key, ()) if (asked > BAR) != lane.above]
    return max(across, key=lambda asked: abs(asked - BAR), default=None)


def of_signal(found: Signal) -> str:
    """What becomes of the signal on its way through the layers."""
    said = TEXT("findings.signal.sentence", times=times(found.shrinks), factor=times(found.normalized_range))
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
    """How far the moving statistics were behind the weights at the worst step."""
    return TEXT(
        "findings.lag.sentence",
        batches=batches(found.step),
        able=percent(found.able),
        moving=percent(found.moving),
        held=percent(found.held),
    )


def of_without(found: Seeds) -> str:
    """How the networks without batch normalization ended, seed by seed, beside those with it."""
    return TEXT(
        "findings.without.sentence",
        seeds=number(len(found.seeds)),
        he=_ends(fates(found, "none-he")),
        glorot=_ends(fates(found, "none")),
        lowest=percent(math.floor(100 * min(found.of(found.normalized))) / 100),
    )


def _ends(found: Fates) -> str:
    """How the trainings of one network ended: `three end at 93 to 95 %, one is at 45 % and still rising ..`."""
    groups = [(name, getattr(found, name)) for name in ("learned", "begun", "stayed")]
    of = sum(len(ends) for _, ends in groups)
    return listed(
        [
            TEXT(
                f"findings.without.{name}",
                count=TEXT("findings.without.all") if len(ends) == of > 1 else number(len(ends)),
                n=len(ends),
                ends=interval(ends),
            )
            for name, ends in groups
            if ends
        ]
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
