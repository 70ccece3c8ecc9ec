"""The sentences of the home page: numbers from the recording, words from `pages/prose/en/race.toml`."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from bn_core.data.catalogue import TITLES
from bn_core.names import NETWORK_BY_KEY
from pages.race_page.findings import LEARNED, Lag, Seeds, Signal, toss
from pages.race_page.lanes import BAR, QUESTION_STEP, Lane, three_way_steps
from pages.race_page.material import Material
from pages.words.plain_text import plain
from pages.words.prose import listed, prose

LITTLE = 0.2
"""Below which accuracy a network is said to have learned little: chance is 0.1."""

BEHIND = 0.1
"""From which difference on the population statistics are said to lag behind the weights."""

TOSSED = "none-he"
"""The network whose end depends on the seed."""


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * share:.0f}\u00a0%"


def tenths(share: float) -> str:
    """A share as a percentage with one decimal, for thousands of images."""
    return f"{100 * share:.1f}\u00a0%"


def interval(shares: Sequence[float]) -> str:
    """From the lowest to the highest, as whole percentages, on one line; one of them where they are the same."""
    low, high = percent(min(shares)), percent(max(shares))
    return (
        low
        if low == high
        else prose("race")("interval", low=low.removesuffix("\u00a0%"), high=high).replace(" ", "\u00a0")
    )


def fold(factor: float) -> str:
    """How many times, to two significant digits."""
    digits = max(0, 1 - math.floor(math.log10(factor)))
    return f"{round(factor, 1 - math.floor(math.log10(factor))):,.{digits}f}"


def number(count: int) -> str:
    """A count in words where it is small."""
    words = prose("race").list("numbers")
    return words[count] if count < len(words) else f"{count:,}"


def name(key: str) -> str:
    """What a network is called at its line."""
    return NETWORK_BY_KEY[key].line


def spoken(key: str) -> str:
    """What a network is called in a sentence."""
    return NETWORK_BY_KEY[key].spoken


def captions(lanes: Sequence[Lane], mode: str) -> list[tuple[int, str]]:
    """What there is to see, from each step of the three-way evaluations on.

    Args:
        mode: `batch` or `moving`: with which statistics the networks are scored.
    """
    return [(step, _caption(lanes, mode, step)) for step in three_way_steps(lanes)]


def _caption(lanes: Sequence[Lane], mode: str, step: int) -> str:
    text = prose("race")
    with_norm = [lane for lane in lanes if lane.normalized]
    able = [lane.batch.at(step) for lane in with_norm]
    let_through = [lane.moving.at(step) for lane in with_norm]
    values = {
        "batches": batches(step),
        "able": interval(able),
        "let_through": interval(let_through),
        "others": interval([lane.batch.at(step) for lane in lanes if not lane.normalized]),
    }
    shown = able if mode == "batch" else let_through
    if max(able) < LITTLE:
        everybody = interval([*shown, *(lane.batch.at(step) for lane in lanes if not lane.normalized)])
        return text("captions.start" if step == 0 else "captions.little", batches=batches(step), all=everybody)
    if mode == "batch":
        return text("captions.batch", **values)
    behind = max(a - b for a, b in zip(able, let_through, strict=True)) >= BEHIND
    return text("captions.behind" if behind else "captions.caught-up", **values)


def batches(step: int) -> str:
    """So many batches, in words."""
    return prose("race")("batch" if step == 1 else "batches", count=f"{step:,}")


def verdict(lanes: Sequence[Lane], guess: Collection[str], seeds: Seeds) -> str:
    """What is said of a guess once the question is settled: one sentence; of no guess, the answer.

    Args:
        guess: keys of the networks that were said to be above the bar.
    """
    text = prose("race")
    if not guess:
        above = [spoken(lane.key) for lane in lanes if lane.above]
        asked = {"bar": percent(BAR), "step": QUESTION_STEP, "of": number(len(lanes))}
        if not above:
            return text("verdict.nobody", **asked)
        return text("verdict.answer", count=number(len(above)).capitalize(), names=listed(above), **asked)
    wrong = [lane for lane in lanes if lane.above != (lane.key in guess)]
    right = len(lanes) - len(wrong)
    luck = _other_seed(lanes, seeds)
    reasons = [
        _standing(those, "above" if above else "below")
        for above in (False, True)
        if (those := [lane for lane in wrong if lane.above == above and not (luck and lane.key == TOSSED)])
    ]
    if luck and (not wrong or any(lane.key == TOSSED for lane in wrong)):
        reasons.append(luck)
    said = text("verdict.said", said=len(guess), of=len(lanes))
    key = ("lucky" if reasons else "all") if not wrong else "some" if right else "none"
    return text(f"verdict.{key}", said=said, right=right, reasons="; ".join(reasons))


def outcome(lanes: Sequence[Lane], guess: Collection[str]) -> str:
    """The score of a guess in three words."""
    right = sum(lane.above == (lane.key in guess) for lane in lanes)
    return prose("race")("verdict.outcome", right=right, of=len(lanes))


def guesses(lanes: Sequence[Lane]) -> list[set[str]]:
    """Every guess there is; number n has the lanes whose bits are set in n."""
    return [{lane.key for bit, lane in enumerate(lanes) if n >> bit & 1} for n in range(2 ** len(lanes))]


def _standing(lanes: Sequence[Lane], where: str) -> str:
    """Where these networks are when the question is settled."""
    number_of = "one" if len(lanes) == 1 else "several"
    names = listed([spoken(lane.key) for lane in lanes])
    return prose("race")(f"verdict.{where}.{number_of}", names=names, values=interval([lane.asked for lane in lanes]))


def _other_seed(lanes: Sequence[Lane], seeds: Seeds) -> str:
    """That He's network ends otherwise with another seed; empty where it does not, in the sweep."""
    here = next(lane.asked for lane in lanes if lane.key == TOSSED)
    tossed = toss(seeds.accuracies[TOSSED][1:])
    others = tossed.learned if here < LEARNED else tossed.stayed
    if not others:
        return ""
    other = max(others) if here < LEARNED else min(others)
    return prose("race")("verdict.luck", name=spoken(TOSSED), here=percent(here), other=percent(other))


def of_signal(found: Signal) -> str:
    """What becomes of the signal on its way through the layers."""
    text = prose("race")
    shrinks = text("findings.signal.sentence", fold=fold(found.shrinks), factor=fold(found.normalized_range))
    if found.same_answer is None:
        return shrinks
    return f"{shrinks} {text('findings.signal.same', images=f'{found.same_answer:,}')}"


def of_learning(found: Seeds) -> str:
    """How the networks with batch normalization ended, over all seeds."""
    text = prose("race")
    keys = found.normalized
    ends = found.of(keys)
    medians = [found.medians[key] for key in keys]
    spread = max(found.spreads[key] for key in keys)
    values = {
        "trainings": len(ends),
        "seeds": number(len(found.seeds)),
        "low": tenths(min(ends)),
        "high": tenths(max(ends)),
        "medians": f"{100 * (max(medians) - min(medians)):.1f}",
        "spread": f"{100 * spread:.1f}",
    }
    within = max(medians) - min(medians) < spread
    return text("findings.learning.within" if within else "findings.learning.beyond", **values)


def of_lag(found: Lag) -> str:
    """How far the population statistics were behind the weights at the worst step."""
    return prose("race")(
        "findings.lag.sentence",
        step=f"{found.step:,}",
        able=percent(found.able),
        let_through=percent(found.let_through),
        held=percent(found.held),
    )


def of_toss(found: Seeds) -> str:
    """How He's network without batch normalization ended, seed by seed, beside those with it."""
    text = prose("race")
    tossed = toss(found.accuracies[TOSSED])
    with_norm = found.of(found.normalized)
    values = {
        "seeds": number(len(found.seeds)),
        "learned": number(len(tossed.learned)),
        "stayed": number(len(tossed.stayed)),
        "high": interval(tossed.learned) if tossed.learned else "",
        "low": interval(tossed.stayed) if tossed.stayed else "",
        "lowest": percent(math.floor(100 * min(with_norm)) / 100),
    }
    key = "both" if tossed.both else "always" if tossed.learned else "never"
    return text(f"findings.toss.{key}", **values)


def question() -> str:
    """What the visitor is asked."""
    return prose("race")("question", bar=percent(BAR), step=QUESTION_STEP)


def source_short(made_of: Material) -> str:
    """Where the curves come from."""
    config = made_of.lanes[0].run.config
    return prose("race")(
        "source.short", dataset=TITLES[config.dataset], seed=config.seed, images=made_of.lanes[0].images
    )


def source_long(made_of: Material) -> str:
    """Where everything on the page comes from."""
    config = made_of.lanes[0].run.config
    made = made_of.provenance
    packages = prose("race").table("packages")
    return prose("race")(
        "source.long",
        runs=sum(len(by_seed) for by_seed in made_of.runs.values()),
        batches=config.batches,
        batch_size=config.batch_size,
        dataset=TITLES[config.dataset],
        date=made.date.partition("T")[0],
        versions=", ".join(f"{packages.get(name, name)} {version}" for name, version in made.versions.items()),
        processor=plain(made.processor.partition(",")[0]),
    )
