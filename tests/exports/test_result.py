"""A run as JSON: the command line's form and the curves, without anything that JSON has no word for."""

from __future__ import annotations

import json
import math

from bn_core.exports.curves import LAYOUT
from bn_core.exports.recording import recordings
from bn_core.exports.result import result_text, results_text
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.training import causes
from bn_core.training.events import Failed, Step
from bn_core.training.run_json import result_json
from tests.exports import recorded


def told(service: RunService, run: str) -> dict:
    (recording,) = recordings(service, [run])

    def refuse(constant: str) -> None:
        raise AssertionError(f"JSON has no {constant}")

    return json.loads(result_text(recording), parse_constant=refuse)


def test_a_run_is_in_the_command_lines_form(store: Store, service: RunService) -> None:
    run = recorded.run(store, batches=40, name="mine")
    found, record = told(service, run), store.run(run)
    kinds = (recorded.RunStarted, recorded.Step, recorded.Evaluated, type(recorded.scored(record.config)))
    events = [event for kind in kinds for event in recorded.stored(store, run, kind)]
    expected = result_json(record.config, events, record.milliseconds / 1000)
    assert {key: found[key] for key in expected} == json.loads(json.dumps(expected))
    assert (found["run"], found["name"]) == (run, "mine")


def test_its_curves_are_those_of_the_store(store: Store, service: RunService) -> None:
    run = recorded.run(store, batches=40)
    curves = told(service, run)["curves"]
    assert curves["step"] == list(range(41))
    assert curves["loss"] == [None, *(event.loss for event in recorded.stored(store, run, Step))]
    assert set(map(len, curves.values())) == {41}


def test_what_is_not_finite_is_null(store: Store, service: RunService) -> None:
    run = recorded.run(store, batches=1)
    store.append(run, [recorded.RecordedEvent.of(Step(2, math.inf, 0.5, 20.0))])
    assert told(service, run)["curves"]["loss"][2] is None


def test_a_selection_explains_its_columns(store: Store, service: RunService) -> None:
    runs = [recorded.run(store, batches=2, seed=seed) for seed in (1, 2)]
    found = json.loads(results_text(recordings(service, runs)))
    assert [each["run"] for each in found["runs"]] == runs
    assert found["columns"] == LAYOUT.meanings
    assert set(found["runs"][0]["curves"]) < set(found["columns"])


def test_a_failure_in_the_numbers_says_its_cause(store: Store, service: RunService) -> None:
    failed = Failed(31, causes.OUTPUT.format(layer="bn_7"), "bn_7")
    found = told(service, recorded.run(store, ends=failed))
    assert found["failed"] == {"step": 31, "cause": failed.cause, "layer": "bn_7"}
    assert found["final"] is None


def test_a_failure_of_the_machine_does_not_say_which_one(store: Store, service: RunService) -> None:
    found = told(service, recorded.run(store, ends=Failed(31, f"OSError: {recorded.SECRET}", None)))
    assert found["failed"] == {"step": 31, "cause": causes.OTHER, "layer": None}
