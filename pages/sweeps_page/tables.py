"""The tables of the part's charts: what each run is at, what it came to, and where the runs of a configuration lie."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

from bn_core.config import TrainingConfig
from bn_core.runs.records import RunRecord
from bn_core.sweeps.measures import FEWER_IS_BETTER, Measure
from bn_core.sweeps.plan import SEED, Arm, Sweep
from bn_core.sweeps.results import Outcome, Results
from bn_core.sweeps.standing import STOPPED
from bn_core.verdict.median import middle
from pages.charts.training import spread
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.words import arm_words, middle_of, score_words, value_words
from pages.words.prose import listed

CellState = Literal["finished", "training", "failed", "stopped", "waiting"]

LABEL_GAP = 0.07
"""The least distance between two names at the lines' ends, as a share of the axis."""


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Attributes:
        share: how much of it is trained, 0 to 1.
        outcome: what it came to; None where it has not ended.
    """

    arm: Arm
    member: TrainingConfig
    state: CellState
    share: float
    outcome: Outcome | None


def cells(results: Results, runs: Mapping[str, RunRecord]) -> list[Cell]:
    """Return every run of a sweep, arm by arm, seed by seed.

    Args:
        runs: those that the store has, by identity; none of a sweep that came with the app.
    """
    return [
        _cell(results, arm, member, runs.get(member.identity)) for arm in results.plan.arms for member in arm.members
    ]


def _cell(results: Results, arm: Arm, member: TrainingConfig, run: RunRecord | None) -> Cell:
    outcome = results.outcome(member)
    if outcome is not None:
        gone: CellState = "stopped" if outcome.failed == STOPPED else "failed"
        return Cell(arm, member, "finished" if outcome.failed is None else gone, 1.0, outcome)
    if run is None or run.status in ("queued", "interrupted"):
        return Cell(arm, member, "waiting", 0.0 if run is None else run.step / member.batches, None)
    return Cell(arm, member, "training", run.step / member.batches, None)


def counts_words(found: Sequence[Cell]) -> str:
    """Return how many runs are in each state that any is in, in words."""
    tally = Counter(cell.state for cell in found)
    states = [state for state in get_args(CellState) if tally[state]]
    said = [TEXT("grid.said", count=tally[state], state=TEXT(f"grid.{state}")) for state in states]
    return TEXT("grid.finding", said=listed(said))


def grid_table(found: Sequence[Cell], seeds: int, measure: Measure) -> pa.Table:
    """A row for each run: `row` and `column`, from 0; its `state`; the `share` of it that is trained; its `sign`, one
    character; its `label`; `arm`, `seed` and `said`, what a pointer reads; and its `placement`."""
    signs = {"waiting": "·", "training": "▸", "finished": "✓", "failed": "✕", "stopped": "■"}
    places = [divmod(place, seeds) for place in range(len(found))]
    return pa.table(
        {
            "row": pa.array([row for row, _ in places], pa.int16()),
            "column": pa.array([column for _, column in places], pa.int16()),
            "state": pa.array([cell.state for cell in found], pa.string()),
            "share": pa.array([round(cell.share, 3) for cell in found], pa.float32()),
            "sign": pa.array([signs[cell.state] for cell in found], pa.string()),
            "label": pa.array([_label(cell, measure) for cell in found], pa.string()),
            "arm": pa.array([arm_words(cell.arm) for cell in found], pa.string()),
            "seed": pa.array([cell.member.seed for cell in found], pa.int32()),
            "said": pa.array([_said(cell, measure) for cell in found], pa.string()),
            "placement": pa.array([cell.member.placement for cell in found], pa.string()),
        }
    )


def _label(cell: Cell, measure: Measure) -> str:
    if cell.state == "training":
        return TEXT("grid.percent", percentage=100 * cell.share)
    if cell.outcome is None or cell.outcome.failed is not None:
        return {"waiting": "·", "failed": "✕", "stopped": "■"}[cell.state]
    value = getattr(cell.outcome, measure)
    if value is None:
        return TEXT("grid.none")
    return f"{value}" if measure in FEWER_IS_BETTER else TEXT("grid.score", percentage=100 * value)


def _said(cell: Cell, measure: Measure) -> str:
    words = TEXT(f"grid.{cell.state}")
    if cell.outcome is None:
        return words
    if cell.outcome.failed is not None:
        return f"{words}: {cell.outcome.failed}"
    return f"{words}: {score_words(cell.outcome.ranked(measure), measure)}"


def run_table(found: Sequence[Cell]) -> pa.Table:
    """A row for each run, to read: configuration, seed, state and every measure, accuracies in per cent."""

    def column(measure: Measure) -> pa.Array:
        scores = [None if cell.outcome is None else getattr(cell.outcome, measure) for cell in found]
        if measure in FEWER_IS_BETTER:
            return pa.array(scores, pa.int32())
        return pa.array([None if score is None else round(100 * score, 2) for score in scores], pa.float64())

    return pa.table(
        {
            TEXT("table.arm"): pa.array([arm_words(cell.arm) for cell in found], pa.string()),
            TEXT("table.seed"): pa.array([cell.member.seed for cell in found], pa.int32()),
            TEXT("table.state"): pa.array([TEXT(f"grid.{cell.state}") for cell in found], pa.string()),
            TEXT("table.final"): column("final"),
            TEXT("table.recalibrated"): column("recalibrated"),
            TEXT("table.learned"): column("learned"),
        }
    )


STRIP = {
    "row": pa.int16(),
    "kind": pa.string(),
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "arm": pa.string(),
    "seed": pa.int32(),
    "placement": pa.string(),
    "bias": pa.bool_(),
    "note": pa.string(),
}


def strip_table(results: Results, measure: Measure) -> pa.Table:
    """The rows of the strip plot: for each arm that has any, `kind` run (a `value` and its `seed`), middle (the median
    as `value`, `low` and `high` of its interval) and note (what stands at the row's end). What is infinitely bad stands
    at the worst end of what can be measured."""
    rows = []
    for row, arm in enumerate(results.plan.arms):
        common = {"row": row, "arm": arm_words(arm), "placement": arm.members[0].placement, "bias": arm.members[0].bias}
        for member in arm.members:
            outcome = results.outcome(member)
            if outcome is not None and math.isfinite(value := outcome.ranked(measure)):
                rows.append(common | {"kind": "run", "value": value, "seed": member.seed})
        where = middle_of(results, arm, measure)
        if where is not None and math.isfinite(where.median):
            low, high = (_shown(end, arm, measure) for end in (where.low, where.high))
            rows.append(common | {"kind": "middle", "value": where.median, "low": low, "high": high})
        if note := _note(results.of_arm(arm), measure):
            rows.append(common | {"kind": "note", "note": note})
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in STRIP.items()})


def _shown(end: float, arm: Arm, measure: Measure) -> float:
    if math.isfinite(end):
        return end
    return float(arm.members[0].batches) if measure in FEWER_IS_BETTER else 0.0


def _note(found: Sequence[Outcome], measure: Measure) -> str:
    failed = sum(outcome.failed is not None for outcome in found)
    never = sum(outcome.failed is None and getattr(outcome, measure) is None for outcome in found)
    said = [TEXT("strip.failed", count=failed)] if failed else []
    return ", ".join([*said, TEXT("strip.never", count=never)] if never else said)


def numeric(plan: Sweep) -> list[str]:
    """Return the fields that are numbers, and of which a sweep has several: what can be an axis."""
    return [
        name
        for name, values in plan.varied
        if name != SEED
        and len(values) > 1
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    ]


CURVE = {
    "x": pa.float64(),
    "series": pa.string(),
    "median": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "runs": pa.int32(),
    "placement": pa.string(),
    "bias": pa.bool_(),
    "name": pa.string(),
    "name_at": pa.float64(),
}


def curve_table(results: Results, measure: Measure, field: str) -> pa.Table:
    """The rows of the curves over a field: for each arm that has ended runs its median and interval, at `x`, on the
    line `series` of those that differ from it in that field alone. The last of each has its `name` beside it, at the
    height `name_at`."""
    rows: list[dict[str, object]] = []
    for arm in results.plan.arms:
        where = middle([outcome.ranked(measure) for outcome in results.of_arm(arm)])
        if where is None or not math.isfinite(where.median):
            continue
        others = [value_words(name, value) for name, value in arm.values if name != field]
        low, high = (_shown(end, arm, measure) for end in (where.low, where.high))
        rows.append(
            {
                "x": float(dict(arm.values)[field]),
                "series": " · ".join(others) or TEXT("arms.all"),
                "median": where.median,
                "low": low,
                "high": high,
                "runs": len(results.of_arm(arm)),
                "placement": arm.members[0].placement,
                "bias": arm.members[0].bias,
            }
        )
    rows.sort(key=lambda row: float(str(row["x"])))
    _name_the_ends(rows)
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in CURVE.items()})


def _name_the_ends(rows: list[dict[str, object]]) -> None:
    """Give the last row of each line its name, no two too near each other."""
    ends = list({row["series"]: row for row in rows}.values())
    heights = [float(str(row["median"])) for row in ends]
    edges = [float(str(row[end])) for row in rows for end in ("low", "high")]
    bottom, span = min(edges, default=0.0), (max(edges, default=1.0) - min(edges, default=0.0)) or 1.0
    placed = spread([(height - bottom) / span for height in heights], LABEL_GAP)
    for row, place in zip(ends, placed, strict=True):
        row |= {"name": row["series"], "name_at": bottom + place * span}
