"""The same weights under every kind of statistics: what was recorded at once, what the engine works out when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pyarrow as pa

from bn_core.questions.answers import DecayApplied, Recalibrated
from bn_core.questions.questions import ApplyDecay, Question, Recalibrate
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Evaluated, Score
from pages.parts.asking import Missing, ask, missing
from pages.population_page import words
from pages.population_page.words import TEXT, Decay

Kind = Literal["batch", "moving", "debiased", "chosen", "recalibrated"]

SCHEMA = pa.schema(
    {"place": pa.uint8(), "kind": pa.string(), "name": pa.string(), "accuracy": pa.float64(), "note": pa.string()}
)


@dataclass(frozen=True)
class Bar:
    """One score.

    Attributes:
        accuracy: 0 to 1; None where there is none, and then `note` says why.
    """

    kind: Kind
    name: str
    accuracy: float | None
    note: str = ""


@dataclass(frozen=True)
class Scores:
    """The scores of one step.

    Attributes:
        bars: in the order in which they are shown.
        recalibration: the answer to the recalibration that was asked for; None before.
        missing: why the engine has not answered what was asked.
    """

    bars: tuple[Bar, ...] = ()
    recalibration: Recalibrated | None = None
    missing: tuple[Missing, ...] = ()

    def accuracy(self, kind: Kind) -> float | None:
        """The score of this kind; None where there is none."""
        return next(bar.accuracy for bar in self.bars if bar.kind == kind)


def scores(
    service: RunService, run: RunRecord, evaluated: Evaluated, kept: Sequence[int], decay: Decay, batches: int | None
) -> Scores:
    """All scores of the step of an evaluation.

    Args:
        kept: the steps whose weights are kept: of these alone something can be asked.
        decay: the one that was chosen.
        batches: over how many batches to recalibrate; None where nobody asked for it.
    """
    step, own = evaluated.step, run.config.moving_momentum
    wanted: dict[Kind, Question] = {}
    if step in kept:
        if step and own < 1:
            wanted["debiased"] = ApplyDecay(step, own, True)
        if step or not decay.debiased:
            wanted["chosen"] = ApplyDecay(step, decay.momentum, decay.debiased)
        if batches is not None:
            wanted["recalibrated"] = Recalibrate(step, batches)
    found = ask(service, run.id, list(wanted.values()))
    answers = {kind: found[question] for kind, question in wanted.items()}

    def asked(kind: Kind, name: str) -> Bar:
        answer = answers.get(kind)
        if isinstance(answer, DecayApplied) and answer.score is not None:
            return Bar(kind, name, answer.score.accuracy)
        return Bar(kind, name, None, TEXT(f"scores.{why_not(kind)}"))

    def why_not(kind: Kind) -> str:
        answer = answers.get(kind)
        if isinstance(answer, Missing):
            return "waiting" if answer.waiting else "no_engine"
        if step in kept or (kind == "debiased" and (own == 1 or not step)):
            return "nothing_left"
        if run.active:
            return "waiting"
        return "removed" if run.snapshots_removed else "no_weights"

    def measured(kind: Kind, name: str, score: Score | None) -> Bar:
        return Bar(kind, name, None, TEXT("scores.unmeasured")) if score is None else Bar(kind, name, score.accuracy)

    truth, afresh = evaluated.recalibrated, TEXT("scores.recalibrated")
    answer = answers.get("recalibrated")
    recalibration = answer if isinstance(answer, Recalibrated) else None
    if recalibration is not None:
        truth, afresh = recalibration.recalibrated, TEXT("scores.recalibrated_over", batches=batches)
    return Scores(
        (
            measured("batch", TEXT("scores.batch"), evaluated.batch),
            measured("moving", words.moving(run.config), evaluated.moving),
            asked("debiased", TEXT("scores.debiased")),
            asked("chosen", decay.name),
            measured("recalibrated", afresh, truth),
        ),
        recalibration,
        tuple(missing(found)),
    )


def score_table(scores: Scores) -> pa.Table:
    """The bars for `scores_spec`, five rows."""
    rows = [{"place": place} | asdict(bar) for place, bar in enumerate(scores.bars)]
    return pa.Table.from_pylist(rows, SCHEMA)
