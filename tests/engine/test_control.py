import threading

import pytest

from bn_core.engine.control import Control


def test_a_training_goes_on_until_told_otherwise():
    control = Control()
    assert [control.after_step() for _ in range(3)] == ["go", "go", "go"]
    assert not control.pausing


def test_pause_acts_after_the_step_in_work_and_has_a_checkpoint_made():
    control = Control()
    control.give("pause")
    assert control.after_step() == "checkpoint"
    assert control.pausing


def test_resume_takes_back_a_pause_that_was_not_obeyed_yet():
    control = Control()
    control.give("pause")
    control.give("resume")
    assert control.after_step() == "go"
    assert not control.pausing


def test_step_while_running_means_one_more_step_and_then_a_pause():
    control = Control()
    control.give("step")
    assert control.after_step() == "checkpoint"
    assert control.pausing


def test_steps_add_up_while_it_is_paused():
    control = Control(steps=0)
    control.give("step")
    control.give("step")
    assert not control.pausing
    assert [control.after_step(), control.after_step()] == ["go", "checkpoint"]
    assert control.pausing


def test_it_may_begin_with_a_number_of_steps():
    control = Control(steps=2)
    assert not control.pausing
    assert [control.after_step(), control.after_step()] == ["go", "checkpoint"]


@pytest.mark.parametrize(("command", "wish"), [("stop", "stop"), ("leave", "checkpoint")])
def test_an_end_comes_before_a_pause_and_cannot_be_taken_back(command, wish):
    control = Control()
    control.give("pause")
    control.give(command)
    control.give("resume")
    control.give("leave" if command == "stop" else "stop")
    assert control.after_step() == wish
    assert control.ending == command
    assert not control.pausing


@pytest.mark.parametrize("command", ["resume", "step", "stop", "leave"])
def test_a_paused_training_wakes_up_at_any_other_command(command):
    control = Control(steps=0)
    waiting = threading.Thread(target=control.wait, daemon=True)
    waiting.start()
    control.give(command)
    waiting.join(30)
    assert not waiting.is_alive()


def test_another_command_is_refused():
    with pytest.raises(ValueError, match="resume, step, pause, stop, leave"):
        Control().give("faster")
