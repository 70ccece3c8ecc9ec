from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bn_core.engine.recollection import Recollection
from bn_core.training.events import Checked, Evaluated, RunStarted, Score, Step, pack, unpack

STARTED = RunStarted(0, {"seed": 1}, "mnist-5k", "sha", 4000, {"python": "3.11"})
STEP = Step(7, 0.25, 0.5, 20.0)
EVALUATED = Evaluated(7, 250, Score(0.3, 0.4), None, None, 5.0)
TRAINING = Checked(7, 6, "training", Score(0.1, 0.2), 3.0)
RECORDED = [pack(event) for event in (STARTED, STEP, EVALUATED, TRAINING)]


def test_the_same_event_is_known_however_long_it_took():
    for event in (STEP, EVALUATED, TRAINING):
        assert Recollection(RECORDED).judge(replace(event, milliseconds=99.0)) == "known"


def test_events_of_other_steps_are_new_and_so_is_a_second_one_of_the_same_step():
    recollection = Recollection(RECORDED)
    assert recollection.judge(replace(STEP, step=8)) == "new"
    assert recollection.judge(TRAINING) == "known"
    assert recollection.judge(replace(TRAINING, images="validation")) == "new"


def test_several_events_of_a_step_are_compared_one_by_one_in_their_order():
    validation = replace(TRAINING, images="validation")
    recorded = [pack(TRAINING), pack(validation)]
    recollection = Recollection(recorded)
    assert [recollection.judge(event) for event in (TRAINING, validation)] == ["known", "known"]
    assert Recollection(recorded).judge(validation) == "contradicts"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_one_bit_more_or_less_is_a_contradiction(loss):
    recorded = [pack(replace(STEP, loss=loss))]
    assert Recollection(recorded).judge(replace(STEP, loss=loss)) == "known"
    assert Recollection(recorded).judge(replace(STEP, loss=float(np.nextafter(loss, np.inf)))) == "contradicts"


def test_not_a_number_is_the_same_as_itself():
    event = replace(STEP, loss=float("nan"))
    assert Recollection([pack(event)]).judge(unpack(pack(event))) == "known"


def test_a_run_that_goes_on_says_from_where_which_is_new_with_whatever_versions():
    recollection = Recollection(RECORDED)
    assert recollection.judge(replace(STARTED, step=50, versions={"python": "3.13"})) == "new"
    assert recollection.judge(replace(STARTED, versions={"python": "3.13"})) == "known"


def test_a_run_cannot_go_on_with_other_data_or_another_configuration():
    recollection = Recollection(RECORDED)
    assert recollection.judge(replace(STARTED, step=50, dataset_sha256="other")) == "contradicts"
    assert recollection.judge(replace(STARTED, step=50, config={"seed": 2})) == "contradicts"


def test_where_nothing_is_recorded_everything_is_new():
    assert [Recollection().judge(event) for event in (STARTED, STEP, EVALUATED)] == ["new"] * 3
