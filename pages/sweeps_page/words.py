"""What the part says of a sweep, in words computed from its numbers. Pure functions."""

from __future__ import annotations

import functools
import math
from typing import Any, Literal

from bn_core.config import FIELD_BY_NAME, TrainingConfig
from bn_core.data.catalogue import TITLES
from bn_core.names import VALUES
from bn_core.sweeps.cost import Cost
from bn_core.sweeps.measures import FEWER_IS_BETTER, Measure
from bn_core.sweeps.plan import SEED, Arm, Sweep
from bn_core.sweeps.results import Results
from bn_core.verdict import VerdictProblem, pairs_told, seeds_for_pairs
from bn_core.verdict.median import Middle, middle
from pages.parts.status_words import duration
from pages.sweeps_page.text import TEXT
from pages.words.captions import training, variant
from pages.words.prose import listed, prose


def arm_words(arm: Arm) -> str:
    """Return what an arm is called: what tells it from the others."""
    return " · ".join(value_words(name, value) for name, value in arm.values) or TEXT("arms.all")


def value_words(name: str, value: Any) -> str:
    """Return a field's value in words: `BN before ReLU`, `learning rate 0.01`."""
    if name == "bias":
        return TEXT("arms.with_bias" if value else "arms.without_bias")
    if name == "dataset":
        return next(title for known, title in TITLES.items() if known == value)
    if name in VALUES:
        names = VALUES[name][value]
        return names.control if name == "initializer" else names.short or names.program or names.control
    return prose("runs")(f"training.{name}", value=value)


def field_label(name: str) -> str:
    """Return what a field is called in a sentence."""
    label = FIELD_BY_NAME[name].label
    return label if label.startswith("BN") else label[0].lower() + label[1:]


def capital(words: str) -> str:
    """Return words with a capital at their beginning; their other letters stay."""
    return words[:1].upper() + words[1:]


def scope(plan: Sweep) -> str:
    """Return what a sweep measured, as far as all of its runs have it in common."""
    seeds = seeds_words(plan)
    first = plan.members[0]
    varied = {name for name, _ in plan.varied}
    words = [] if varied & {"placement", "bias", "implementation", "initializer"} else [variant(first)]
    blank = TrainingConfig(dataset=first.dataset, batches=first.batches, seed=first.seed)
    common = {name: getattr(first, name) for name in ("batch_size", "learning_rate", "momentum", "epsilon")}
    shown = blank.with_(**{name: value for name, value in common.items() if name not in varied})
    seed = prose("runs")("training.seed", value=first.seed)
    words += [part for part in training(shown).split(", ") if part != seed]
    if "batches" not in varied and first.batches == TrainingConfig.batches:
        words.append(prose("runs")("training.batches", value=first.batches))
    return ", ".join([*words, seeds])


def seeds_of(plan: Sweep) -> tuple[int, ...]:
    """Return a sweep's seeds."""
    seeds: tuple[int, ...] = dict(plan.varied)[SEED]
    return seeds


def seeds_words(plan: Sweep) -> str:
    """Return a sweep's seeds: `seeds 0 to 4`."""
    seeds = seeds_of(plan)
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return TEXT("arms.seeds_range", first=seeds[0], last=seeds[-1])
    return TEXT("arms.seeds", count=len(seeds), list=listed([str(seed) for seed in seeds[:8]]))


def score_words(value: float, measure: Measure) -> str:
    """Return a score; one that is infinitely bad in words."""
    if not math.isfinite(value):
        return TEXT("finding.never" if measure in FEWER_IS_BETTER else "strip.none")
    if measure in FEWER_IS_BETTER:
        return prose("runs")("training.batches", value=round(value))
    return TEXT("arms.percent", value=100 * value)


def middle_of(results: Results, arm: Arm, measure: Measure) -> Middle | None:
    """Return the median of an arm's runs that have ended, a failed one counting as worse than any."""
    return middle([outcome.ranked(measure) for outcome in results.of_arm(arm)])


def finding(results: Results, measure: Measure) -> str:
    """Return what there is to see in the picture of all runs, in a sentence or two."""
    said = _finding(results, measure)
    return said if results.complete or not results.outcomes else TEXT("finding.so_far", what=said)


def _finding(results: Results, measure: Measure) -> str:
    found = [(arm_words(arm), middle_of(results, arm, measure)) for arm in results.plan.arms]
    known = [(name, where.median) for name, where in found if where is not None]
    if not known:
        return TEXT("finding.nothing")
    fewer = measure in FEWER_IS_BETTER
    best, worst = (pick(known, key=lambda each: -each[1] if fewer else each[1]) for pick in (max, min))
    if not any(math.isfinite(value) for _, value in known):
        return TEXT("finding.nowhere") if fewer else TEXT("finding.same", value=score_words(best[1], measure))
    if len(known) == 1:
        return TEXT("finding.one", arm=best[0], value=score_words(best[1], measure))
    if best[1] == worst[1]:
        return TEXT("finding.same", value=score_words(best[1], measure))
    key = "finding.range_fewer" if fewer else "finding.range"
    said = {"high": score_words(best[1], measure), "low": score_words(worst[1], measure)}
    return TEXT(key, best=best[0], worst=worst[0], **said)


def interval_words(results: Results, measure: Measure, chart: Literal["strip", "curve"]) -> str:
    """Return what the intervals in the picture mean; an empty text before there is any run."""
    found = [middle_of(results, arm, measure) for arm in results.plan.arms]
    confidence = max((where.confidence for where in found if where is not None), default=None)
    if confidence is None:
        return ""
    return TEXT(f"{chart}.interval", confidence=100 * confidence) if confidence else TEXT("strip.interval_one")


def cost_words(plan: Sweep, takes: Cost, workers: int) -> str:
    """Return how many runs a sweep has, how long they take and how much disk, in Markdown."""
    seeds = len(seeds_of(plan))
    said = [TEXT("cost.members", arms=len(plan.arms), seeds=seeds, members=takes.members)]
    if takes.trained:
        said.append(TEXT("cost.trained", trained=takes.trained))
    if takes.trained == takes.members:
        return f"{'; '.join(said)}. {TEXT('cost.nothing')}"
    if takes.minutes is not None:
        said.append(TEXT("cost.minutes", duration=duration(60 * takes.minutes), workers=workers))
    elif takes.unmeasured:
        said.append(TEXT("cost.unmeasured", sizes=listed([str(size) for size in takes.unmeasured])))
    else:
        said.append(TEXT("cost.no_engine"))
    if takes.megabytes is None:
        said.append(TEXT("cost.unsized"))
    else:
        small = takes.megabytes < 1
        value = 1000 * takes.megabytes if small else takes.megabytes
        said.append(TEXT("cost.megabytes", size=TEXT("cost.kilobytes" if small else "cost.megabyte", value=value)))
    return f"{'; '.join(said)}."


def pairs_words(plan: Sweep) -> str:
    """Return how many pairs a sweep plans, and whether its seeds can tell so many."""
    pairs, seeds = len(plan.pairs), len(seeds_of(plan))
    if len(plan.arms) < 2:
        return ""
    if not pairs:
        return TEXT("plan.pairs_none")
    told = pairs_told(seeds)
    said = [TEXT("plan.pairs", pairs=pairs)]
    if told >= pairs:
        said.append(TEXT("seeds.enough", seeds=seeds, told=told))
    else:
        needed = _seeds_for(pairs)
        if needed is None:
            said.append(TEXT("seeds.too_many", pairs=pairs))
        else:
            most = TEXT("seeds.most", told=told) if told else TEXT("seeds.none")
            said.append(TEXT("seeds.few", seeds=seeds, most=most, pairs=pairs, needed=needed))
    return " ".join(said)


@functools.lru_cache(maxsize=256)
def _seeds_for(pairs: int) -> int | None:
    try:
        return seeds_for_pairs(pairs)
    except VerdictProblem:
        return None
