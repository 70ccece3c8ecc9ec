"""Whether a run that comes from elsewhere is one that this lab could have recorded.

Charts, captions and the examiner take what is stored as it is. So every event, every array of weights and every answer
must have the types and the shapes that its configuration gives it, counts and shares must be such, and what happened
must follow one another as a training does. What the numbers say is not judged: they may be anybody's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from bn_core.data.catalogue import trained_on
from bn_core.network.layers_probed import LayersProbed
from bn_core.network.weight_shapes import weight_shapes
from bn_core.questions import answers, questions
from bn_core.runs.copies import RunCopy
from bn_core.runs.questions import ANSWERS_KEPT, MAX_ANSWER_BYTES, ONE_OFF_BYTES
from bn_core.runs.records import BadName, BadQuestion, canonical_question, clean_name, is_run_id
from bn_core.training import causes
from bn_core.training.events import (
    Checked,
    CheckpointTaken,
    Evaluated,
    Event,
    Failed,
    RunStarted,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    Stopped,
    unpack,
)
from bn_core.transfer.rules import Rule, answer_rules, array, event_rules, fits, maybe, milliseconds, real, share, whole

MOST_EVENT_BYTES = 65_536
LAST_TIME = 4_102_444_800.0
"""The beginning of the year 2100, in unix seconds."""

_INSIDE = (StatisticsRecorded, LayersProbed)
_ENDS = (Scored, Stopped, Failed)
_ONCE_A_STEP = (Step, StatisticsRecorded, Evaluated, Checked, LayersProbed)

ANSWER_TO: dict[type[questions.Question], type[answers.Answer]] = {
    questions.Recalibrate: answers.Recalibrated,
    questions.ApplyDecay: answers.DecayApplied,
    questions.ScoreOneByOne: answers.OneByOneScored,
    questions.VaryBatchSize: answers.BatchSizeVaried,
    questions.ChangeCompany: answers.CompanyChanged,
    questions.ScoreSingleClasses: answers.SingleClassesScored,
    questions.ClassifyDrawing: answers.DrawingClassified,
}
"""By the kind of a question, that of its answer."""


class Implausible(ValueError):  # noqa: N818 - named for what it tells
    """No lab can have recorded this run. Its text says in a few words what of it cannot be."""


def check(copy: RunCopy) -> None:
    """Raise Implausible where a run, read from a file, is not one that this version could have recorded."""
    _check_facts(copy)
    events = [_event(kind, packed) for kind, packed in copy.events]
    _check_fields(events, event_rules(copy.config), copy)
    _check_course(events, copy)
    _check_end(events, copy)
    _check_snapshots(copy)
    _check_answers(copy)


def _require(holds: object, what: str) -> None:
    if not holds:
        raise Implausible(what)


def _check_facts(copy: RunCopy) -> None:
    time = real(0.0, LAST_TIME)
    rules: dict[str, Rule] = {
        "id": is_run_id,
        "name": _is_name,
        "status": lambda value: value in ("finished", "failed", "stopped"),
        "step": whole(0, copy.config.batches),
        "milliseconds": milliseconds,
        "created": time,
        "started": maybe(time),
        "ended": time,
        "test_accuracy": maybe(share),
        "recording": lambda value: value in ("everything", "scores"),
        "snapshots_removed": whole(0, 10_000),
        "checked_late": lambda value: isinstance(value, bool),
    }
    for name, rule in rules.items():
        _require(rule(getattr(copy, name)), f"its {name.replace('_', ' ')}")


def _is_name(value: Any) -> bool:
    try:
        return value is None or bool(isinstance(value, str) and value and clean_name(value) == value)
    except BadName:
        return False


def _event(kind: str, packed: bytes) -> Event:
    _require(len(packed) <= MOST_EVENT_BYTES, "an event that is too large")
    try:
        event = unpack(packed)
    except (ValueError, MemoryError) as error:
        raise Implausible("an event that cannot be read") from error
    allowed = not isinstance(event, SnapshotTaken | CheckpointTaken)
    _require(allowed and type(event).__name__ == kind, "an event of another kind")
    return event


def _check_fields(events: list[Event], rules: Mapping[type[Any], Mapping[str, Rule]], copy: RunCopy) -> None:
    by_channel = copy.config.normalized and copy.config.effect.batch_statistics
    for event in events:
        kind = type(event)
        inside = isinstance(event, _INSIDE)
        _require(not (inside and copy.recording == "scores"), "what is inside layers, where only scores are kept")
        _require(kind is not StatisticsRecorded or by_channel, "statistics that its network does not have")
        for field in fields(event):
            _require(rules[kind][field.name](getattr(event, field.name)), f"{field.name} of an event {kind.__name__}")


def _check_course(events: list[Event], copy: RunCopy) -> None:
    """Steps follow one another; a run that went on from a checkpoint begins again before where it was cut short."""
    _require(not events or isinstance(events[0], RunStarted), "its first event")
    reached, latest = 0, dict.fromkeys(_ONCE_A_STEP, -1)
    started: RunStarted | None = None
    for number, event in enumerate(events):
        if isinstance(event, RunStarted):
            _require(event.step <= reached and (number == 0 or event.step > 0), "the step where it began")
            same = started is None or event.dataset_sha256 == started.dataset_sha256
            _require(same, "data that changed while it trained")
            started = started or event
            continue
        if type(event) in latest:
            _require(event.step > latest[type(event)], "the order of its steps")
            latest[type(event)] = event.step
        if isinstance(event, Step | StatisticsRecorded):
            before = reached if isinstance(event, Step) else event.step - 1
            _require(event.step == before + 1 and event.step <= latest[Step], "the order of its steps")
        if isinstance(event, Step):
            reached = event.step
        elif isinstance(event, Checked):
            _require(event.batch == event.step - 1, "the batch of a check")
        _require(event.step <= reached + isinstance(event, Failed), "the order of its steps")
        rest = events[number + 1 :] if isinstance(event, _ENDS) else ()
        _require(all(isinstance(later, RunStarted) for later in rest), "what comes after its end")
    statistics = [event.step for event in events if isinstance(event, StatisticsRecorded)]
    _require(statistics == list(range(1, len(statistics) + 1)), "the order of its statistics")
    note = None if started is None else trained_on(started.dataset, started.dataset_sha256, started.train_images)
    _require(copy.dataset_note in (None, note), "its data")


def _check_end(events: list[Event], copy: RunCopy) -> None:
    scored = next((event for event in events if isinstance(event, Scored)), None)
    failed = next((event for event in events if isinstance(event, Failed)), None)
    _require(copy.status != "finished" or scored is not None, "its scores")
    _require(failed is None or copy.status == "failed", "its end")
    known = failed is None or failed.cause == causes.OTHER or causes.is_of_numbers(failed.cause, failed.layer)
    _require(known and (failed is None or failed.cause != causes.OTHER or failed.layer is None), "why it failed")
    _require(copy.message == (None if failed is None else failed.cause), "its message")
    _require(copy.test_accuracy == (None if scored is None else scored.test.accuracy), "its test accuracy")
    _require(copy.step == max((event.step for event in events), default=0), "its step")
    took = math.fsum(getattr(event, "milliseconds", 0.0) for event in events)
    # Numbers were added as they came, so the sum need not be the same to the last bit.
    _require(math.isclose(copy.milliseconds, took, rel_tol=1e-6, abs_tol=1e-6), "the time that it took")


def _check_snapshots(copy: RunCopy) -> None:
    _require(copy.recording == "everything" or not copy.snapshots, "weights, where only scores are kept")
    _require(list(copy.snapshots) == sorted(copy.snapshots), "the order of its weights")
    shapes = weight_shapes(copy.config)
    most = 4 * sum(math.prod(shape) for shape in shapes.values()) + MOST_EVENT_BYTES
    for step, packed in copy.snapshots.items():
        _require(0 <= step <= copy.step and len(packed) <= most, "weights of a step")
        try:
            taken = unpack(packed)
        except (ValueError, MemoryError) as error:
            raise Implausible("weights that cannot be read") from error
        right = isinstance(taken, SnapshotTaken) and type(taken.step) is int and taken.step == step
        arrays = taken.arrays if isinstance(taken, SnapshotTaken) and isinstance(taken.arrays, dict) else {}
        right = right and arrays.keys() == shapes.keys()
        _require(right and all(array("f4", *shape)(arrays[path]) for path, shape in shapes.items()), "weights")


def _check_answers(copy: RunCopy) -> None:
    _require(len(copy.answers) <= ANSWERS_KEPT, "so many answers")
    rules = answer_rules(copy.config)
    for asked, packed in copy.answers.items():
        _require(len(asked) <= ONE_OFF_BYTES and len(packed) <= MAX_ANSWER_BYTES, "an answer that is too large")
        try:
            values = json.loads(asked)
            question = questions.question_of(values)
            _require(canonical_question(values) == asked, "a question")
            answer = answers.unpack(packed)
        except (ValueError, BadQuestion, RecursionError, MemoryError) as error:
            raise Implausible("an answer that cannot be read") from error
        _require(question.step <= copy.step and ANSWER_TO[type(question)] is type(answer), "an answer")
        _require(fits(answer, rules[type(answer)]), "an answer")
