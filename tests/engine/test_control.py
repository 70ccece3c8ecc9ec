import threading

import pytest

from bn_core.engine.control import Control


def test_a_training_goes_on_until_told_otherwise():
    control = Control()
    assert [control.after_step() for _ in range(3)] == ["go", "go", "go"]
    assert not control.holds


def test_hold_acts_after_the_step_in_work_and_has_a_checkpoint_made():
    control = Control()
    control.say("hold")
    assert control.after_step() == "checkpoint"
    assert control.holds


def test_go_takes_back_a_hold_that_was_not_heeded_yet():
    control = Control()
    control.say("hold")
    control.say("go")
    assert control.after_step() == "go"
    assert not control.holds


def test_step_while_running_means_one_more_step_and_then_a_hold():
    control = Control()
    control.say("step")
    assert control.after_step() == "checkpoint"
    assert control.holds


def test_steps_add_up_while_it_is_held():
    control = Control(steps=0)
    control.say("step")
    control.say("step")
    assert not control.holds
    assert [control.after_step(), control.after_step()] == ["go", "checkpoint"]
    assert control.holds


def test_it_may_begin_with_a_number_of_steps():
    control = Control(steps=2)
    assert not control.holds
    assert [control.after_step(), control.after_step()] == ["go", "checkpoint"]


@pytest.mark.parametrize(("word", "wish"), [("stop", "stop"), ("leave", "checkpoint")])
def test_an_end_comes_before_a_hold_and_cannot_be_taken_back(word, wish):
    control = Control()
    control.say("hold")
    control.say(word)
    control.say("go")
    control.say("leave" if word == "stop" else "stop")
    assert control.after_step() == wish
    assert control.ending == word
    assert not control.holds


@pytest.mark.parametrize("word", ["go", "step", "stop", "leave"])
def test_a_held_training_wakes_up_at_any_other_word(word):
    control = Control(steps=0)
    waiting = threading.Thread(target=control.wait, daemon=True)
    waiting.start()
    control.say(word)
    waiting.join(30)
    assert not waiting.is_alive()


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="go, hold, step, stop, leave"):
        Control().say("faster")
