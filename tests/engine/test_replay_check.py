from dataclasses import make_dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.engine import replay_check as module
from bn_core.engine.replay_check import ReplayCheck
from bn_core.packing import attributes
from bn_core.training.events import KINDS, Checked, Evaluated, RecordedEvent, RunStarted, Score, Step, pack

STARTED = RunStarted(0, {"seed": 1}, "mnist-5k", "sha", 4000, {"python": "3.11"})
STEP = Step(7, 0.25, 0.5, 20.0)
EVALUATED = Evaluated(7, 250, Score(0.3, 0.4), None, None, 5.0)
TRAINING = Checked(7, 6, "training", Score(0.1, 0.2), 3.0)
RECORDED = [pack(event) for event in (STARTED, STEP, EVALUATED, TRAINING)]


def test_the_same_event_is_known_however_long_it_took():
    for event in (STEP, EVALUATED, TRAINING):
        assert ReplayCheck(RECORDED).judge(RecordedEvent.of(replace(event, milliseconds=99.0))) == "known"


def test_events_of_other_steps_are_new_and_so_is_a_second_one_of_the_same_step():
    check = ReplayCheck(RECORDED)
    assert check.judge(RecordedEvent.of(replace(STEP, step=8))) == "new"
    assert check.judge(RecordedEvent.of(TRAINING)) == "known"
    assert check.judge(RecordedEvent.of(replace(TRAINING, images="validation"))) == "new"


def test_several_events_of_a_step_are_compared_one_by_one_in_their_order():
    validation = replace(TRAINING, images="validation")
    known = [pack(TRAINING), pack(validation)]
    check = ReplayCheck(known)
    assert [check.judge(RecordedEvent.of(event)) for event in (TRAINING, validation)] == ["known", "known"]
    assert ReplayCheck(known).judge(RecordedEvent.of(validation)) == "contradicts"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_one_bit_more_or_less_is_a_contradiction(loss):
    known = [pack(replace(STEP, loss=loss))]
    assert ReplayCheck(known).judge(RecordedEvent.of(replace(STEP, loss=loss))) == "known"
    assert (
        ReplayCheck(known).judge(RecordedEvent.of(replace(STEP, loss=float(np.nextafter(loss, np.inf)))))
        == "contradicts"
    )


def test_not_a_number_is_the_same_as_itself():
    event = replace(STEP, loss=float("nan"))
    assert ReplayCheck([pack(event)]).judge(RecordedEvent.of(event)) == "known"


def test_a_run_that_goes_on_says_from_where_which_is_new_with_whatever_versions():
    check = ReplayCheck(RECORDED)
    assert check.judge(RecordedEvent.of(replace(STARTED, step=50, versions={"python": "3.13"}))) == "new"
    assert check.judge(RecordedEvent.of(replace(STARTED, versions={"python": "3.13"}))) == "known"


def test_a_run_cannot_go_on_with_other_data_or_another_configuration():
    check = ReplayCheck(RECORDED)
    assert check.judge(RecordedEvent.of(replace(STARTED, step=50, dataset_sha256="other"))) == "contradicts"
    assert check.judge(RecordedEvent.of(replace(STARTED, step=50, config={"seed": 2}))) == "contradicts"


@pytest.mark.parametrize("field", TrainingConfig().to_json())
def test_a_run_goes_on_that_is_stored_without_a_field_of_its_configuration(field):
    whole = TrainingConfig().to_json()
    stored = {name: value for name, value in whole.items() if name != field}
    check = ReplayCheck([pack(replace(STARTED, config=stored))])
    assert check.judge(RecordedEvent.of(replace(STARTED, config=whole))) == "known"
    assert check.judge(RecordedEvent.of(replace(STARTED, step=50, config=whole))) == "new"
    other = whole | {"seed": 2}
    assert check.judge(RecordedEvent.of(replace(STARTED, step=50, config=other))) == "contradicts"


def test_a_run_goes_on_that_is_stored_without_an_attribute_of_its_events(monkeypatch):
    later = make_dataclass("Step", [("spread", float | None, None)], bases=(Step,), frozen=True)
    monkeypatch.setitem(KINDS, "Step", later)
    again = later(**vars(STEP), spread=0.1)
    assert ReplayCheck([pack(STEP)]).judge(RecordedEvent.of(again)) == "known"
    assert ReplayCheck([pack(STEP)]).judge(RecordedEvent.of(replace(again, loss=0.5))) == "contradicts"
    assert ReplayCheck([pack(replace(again, spread=None))]).judge(RecordedEvent.of(again)) == "contradicts"


def test_where_nothing_is_recorded_everything_is_new():
    assert [ReplayCheck().judge(RecordedEvent.of(event)) for event in (STARTED, STEP, EVALUATED)] == ["new"] * 3


def test_only_what_may_be_known_is_decoded(monkeypatch):
    check = ReplayCheck(RECORDED)
    decoded = []
    monkeypatch.setattr(module, "attributes", lambda packed: decoded.append(packed) or attributes(packed))
    known = RecordedEvent.of(STEP)
    assert check.judge(RecordedEvent("Step", 8, 20.0, b"not even an event")) == "new"
    assert check.judge(known) == "known"
    assert decoded == [known.packed]
