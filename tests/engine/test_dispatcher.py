"""The engine's decisions, without a process: one test a promise, then a machine that tries everything at once."""

import itertools
from dataclasses import dataclass, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bn_core.config import TrainingConfig
from bn_core.engine.actions import Chore, GiveCommand, Mark, MarkEnded, Place
from bn_core.engine.dispatcher import (
    DEATHS_UNTIL_UNAVAILABLE,
    RESUMES,
    SECONDS_ON_WORKER_WHILE_PAUSED,
    Dispatcher,
)
from bn_core.engine.examiners import SECONDS_OF_CALM
from bn_core.engine.holdings import Inventory
from bn_core.runs.records import ENDED
from bn_core.runs.turns import Turn, Turns, Waiting

DIGITS = TrainingConfig(dataset="mnist-5k")
AFTER = replace(DIGITS, placement="after")
NONE = replace(DIGITS, placement="none", bias=True)
GARMENTS = replace(DIGITS, dataset="fashion-mnist")
DEFAULT_KEY = TrainingConfig().compile_key
EVERYTHING = Inventory(frozenset({DEFAULT_KEY}), frozenset({"mnist-5k", "mnist"}))


_numbers = itertools.count(1)


def waits(run_id, browser="browser", address="address", turns_before=0):
    """A run that comes to wait now."""
    return Waiting(run_id, browser, address, next(_numbers), turns_before)


def of(kind, actions):
    """Those of this class, or the chores with this call."""
    if isinstance(kind, str):
        return [chore for chore in of(Chore, actions) if chore.call == kind]
    return [action for action in actions if isinstance(action, kind)]


def only(kind, actions):
    (action,) = of(kind, actions)
    return action


def warm_dispatcher(*addresses, programs=(DEFAULT_KEY,), datasets=("mnist-5k", "mnist")):
    dispatcher = Dispatcher()
    for address in addresses:
        dispatcher.worker_joined(address)
    for address in addresses:
        dispatcher.done(Chore(address, "warm_up"), Inventory(frozenset(programs), frozenset(datasets)))
    return dispatcher


def started(dispatcher, run_id, config=DIGITS):
    """Starts a run and lets it run; gives its placement."""
    place = only(Place, dispatcher.start(waits(run_id), config))
    dispatcher.running(place.key)
    return place


# Placement


def test_a_run_is_placed_on_a_free_worker_at_once():
    place = only(Place, warm_dispatcher("a").start(waits("run"), DIGITS))
    assert (place.run_id, place.worker, place.config, place.steps) == ("run", "a", DIGITS, None)


def test_a_run_whose_program_is_there_is_claimed_as_running_and_another_as_compiling():
    dispatcher = warm_dispatcher("a", "b")
    assert only(Place, dispatcher.start(waits("one"), DIGITS)).claim == "running"
    assert only(Place, dispatcher.start(waits("two"), AFTER)).claim == "compiling"


def test_a_worker_has_one_training_and_the_queue_is_served_in_order():
    dispatcher = warm_dispatcher("a")
    first = started(dispatcher, "first")
    assert of(Place, dispatcher.start(waits("second"), DIGITS)) == []
    assert of(Place, dispatcher.start(waits("third"), DIGITS)) == []
    actions = dispatcher.ended(first.key, "finished", None)
    assert of(Mark, actions) == [Mark("first", "finished")]
    assert only(Place, actions).run_id == "second"


def test_a_run_goes_to_the_idle_worker_that_has_its_program():
    dispatcher = warm_dispatcher("a", "b", "c")
    dispatcher.done(
        Chore("b", "prepare", AFTER), Inventory(frozenset({DEFAULT_KEY, AFTER.compile_key}), frozenset({"mnist-5k"}))
    )
    assert only(Place, dispatcher.start(waits("run"), AFTER)).worker == "b"


def test_else_to_the_one_that_is_tracing_it():
    dispatcher = warm_dispatcher("a", "b")
    tracing = only("prepare", dispatcher.prepare(AFTER)).worker
    assert only(Place, dispatcher.start(waits("run"), AFTER)).worker == tracing


def test_a_worker_remembers_what_it_traced_for_a_run():
    dispatcher = warm_dispatcher("a", "b")
    place = started(dispatcher, "one", AFTER)
    dispatcher.ended(place.key, "finished", None)
    assert only(Place, dispatcher.start(waits("two"), AFTER)).worker == place.worker
    assert AFTER.compile_key in dispatcher.condition.warm


def test_a_run_that_was_started_twice_is_placed_once():
    dispatcher = warm_dispatcher("a", "b")
    assert of(Place, dispatcher.start(waits("run"), DIGITS)) != []
    assert dispatcher.start(waits("run"), DIGITS) == []


def test_a_run_that_was_stopped_in_the_store_while_it_waited_makes_way():
    dispatcher = warm_dispatcher("a")
    dispatcher.start(waits("stopped"), DIGITS)
    dispatcher.start(waits("next"), DIGITS)
    assert only(Place, dispatcher.withdrawn("stopped")).run_id == "next"


def test_a_run_that_cannot_be_placed_just_now_is_the_first_at_the_next_tick():
    dispatcher = warm_dispatcher("a")
    first = only(Place, dispatcher.start(waits("first"), DIGITS))
    dispatcher.start(waits("second"), DIGITS)
    assert dispatcher.put_back("first") == []
    again = only(Place, dispatcher.tick(1.0))
    assert (again.run_id, again.claim) == ("first", "running")
    assert again.key[1] > first.key[1]


# Getting ready


def test_a_new_worker_gets_warm_and_one_tries_to_get_the_default_data():
    dispatcher = Dispatcher()
    first = dispatcher.worker_joined("a")
    assert of("warm_up", first) == [Chore("a", "warm_up")]
    assert of("fetch", first) == [Chore("a", "fetch")]
    second = dispatcher.worker_joined("b")
    assert of("warm_up", second) == [Chore("b", "warm_up")]
    assert of("fetch", second) == []


def test_where_the_default_data_could_be_had_the_others_read_it_too():
    dispatcher = Dispatcher()
    dispatcher.worker_joined("a")
    dispatcher.worker_joined("b")
    assert of("fetch", dispatcher.done(Chore("a", "fetch"), Inventory(datasets=frozenset({"mnist"})))) == [
        Chore("b", "fetch")
    ]


def test_no_default_data_is_no_problem_for_anybody():
    dispatcher = warm_dispatcher("a", datasets=("mnist-5k",))
    assert dispatcher.not_done(Chore("a", "fetch"), "no network") == []
    assert dispatcher.condition.state == "ready"


def test_an_idle_worker_is_prepared_for_what_was_wished_for():
    dispatcher = warm_dispatcher("a", "b")
    dispatcher.done(
        Chore("a", "prepare", AFTER), Inventory(frozenset({DEFAULT_KEY, NONE.compile_key}), frozenset({"mnist-5k"}))
    )
    assert only("prepare", dispatcher.prepare(AFTER)) == Chore("b", "prepare", AFTER)


def test_nobody_traces_what_an_idle_worker_has_or_is_tracing():
    dispatcher = warm_dispatcher("a", "b")
    assert dispatcher.prepare(DIGITS) == []
    assert of("prepare", dispatcher.prepare(AFTER)) != []
    assert dispatcher.prepare(AFTER) == []


def test_a_training_worker_is_left_in_peace_and_the_latest_wish_comes_true_when_one_is_idle():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    assert dispatcher.prepare(AFTER) == []
    assert dispatcher.prepare(NONE) == []
    assert only("prepare", dispatcher.ended(place.key, "finished", None)) == Chore("a", "prepare", NONE)


def test_to_be_prepared_is_to_have_the_data_too():
    dispatcher = warm_dispatcher("a")
    garments = replace(GARMENTS, placement="after")
    assert Chore("a", "fetch", garments) in dispatcher.prepare(garments)


# Data that has to come first


def test_a_run_waits_for_its_data_and_does_not_hold_up_the_others():
    dispatcher = warm_dispatcher("a")
    assert dispatcher.start(waits("garments"), GARMENTS) == [Chore("a", "fetch", GARMENTS)]
    digits = only(Place, dispatcher.start(waits("digits"), DIGITS))
    dispatcher.running(digits.key)
    everything = Inventory(frozenset({DEFAULT_KEY}), frozenset({"mnist-5k", "fashion-mnist"}))
    assert of(Place, dispatcher.done(Chore("a", "fetch", GARMENTS), everything)) == []
    assert only(Place, dispatcher.ended(digits.key, "finished", None)).run_id == "garments"


def test_data_that_cannot_be_had_fail_the_runs_that_need_them_with_the_reason():
    dispatcher = warm_dispatcher("a", "b")
    dispatcher.start(waits("one"), GARMENTS)
    dispatcher.start(waits("two"), GARMENTS)
    actions = dispatcher.not_done(Chore("a", "fetch", GARMENTS), "No network.")
    assert of(MarkEnded, actions) == [
        MarkEnded("one", "failed", "No network."),
        MarkEnded("two", "failed", "No network."),
    ]
    # The network may be back for the next.
    assert of("fetch", dispatcher.start(waits("three"), GARMENTS)) != []


def test_a_worker_that_cannot_get_what_another_has_is_not_asked_again_and_again():
    dispatcher = warm_dispatcher("a", "b")
    dispatcher.done(Chore("b", "fetch", GARMENTS), Inventory(frozenset({DEFAULT_KEY}), frozenset({"fashion-mnist"})))
    place = started(dispatcher, "one", GARMENTS)
    assert place.worker == "b"
    assert dispatcher.start(waits("two"), GARMENTS) == [Chore("a", "fetch", GARMENTS)]
    assert dispatcher.not_done(Chore("a", "fetch", GARMENTS), "No network.") == []
    assert dispatcher.tick(1.0) == []
    assert only(Place, dispatcher.ended(place.key, "finished", None)).run_id == "two"


# Stop, pause, resume, step


@pytest.mark.parametrize("ask", ["stop", "pause", "step", "resume"])
def test_what_is_asked_of_a_training_is_given_to_its_worker(ask):
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    assert dispatcher.command("run", ask) == [GiveCommand(place.key, "a", ask)]


@pytest.mark.parametrize("ask", ["stop", "pause", "step", "resume"])
def test_what_is_asked_of_no_run_changes_nothing(ask):
    assert warm_dispatcher("a").command("nobody", ask) == []


def test_a_run_is_paused_when_its_worker_says_so_and_running_when_it_goes_on():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    dispatcher.command("run", "pause")
    assert dispatcher.paused(place.key, 0.0) == [Mark("run", "paused", worker="a")]
    dispatcher.command("run", "resume")
    assert dispatcher.running(place.key) == [Mark("run", "running", worker="a")]


def test_a_waiting_run_that_is_stopped_never_starts():
    dispatcher = warm_dispatcher("a")
    first = started(dispatcher, "first")
    dispatcher.start(waits("second"), DIGITS)
    assert dispatcher.command("second", "stop") == [MarkEnded("second", "stopped")]
    assert of(Place, dispatcher.ended(first.key, "finished", None)) == []


def test_a_waiting_run_that_is_paused_cannot_get_ahead_by_it():
    dispatcher = warm_dispatcher("a")
    first = started(dispatcher, "first")
    dispatcher.start(waits("second"), DIGITS)
    dispatcher.start(waits("third"), DIGITS)
    assert dispatcher.command("second", "pause") == [Mark("second", "paused")]
    dispatcher.command("second", "resume")
    assert only(Place, dispatcher.ended(first.key, "finished", None)).run_id == "third"


def paused_and_freed(dispatcher):
    place = started(dispatcher, "run")
    dispatcher.command("run", "pause")
    dispatcher.paused(place.key, 100.0)
    (leave,) = dispatcher.tick(100.0 + SECONDS_ON_WORKER_WHILE_PAUSED)
    assert leave == GiveCommand(place.key, "a", "leave")
    return place


def test_a_run_paused_for_a_minute_frees_its_worker_and_not_before():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    dispatcher.command("run", "pause")
    dispatcher.paused(place.key, 100.0)
    assert dispatcher.tick(99.0 + SECONDS_ON_WORKER_WHILE_PAUSED) == []
    assert of(GiveCommand, dispatcher.tick(100.0 + SECONDS_ON_WORKER_WHILE_PAUSED)) != []
    assert dispatcher.ended(place.key, "left", None) == [Mark("run", "paused")]
    assert dispatcher.condition.busy == 0


def test_a_run_that_was_freed_goes_on_before_its_browsers_others():
    dispatcher = warm_dispatcher("a")
    place = paused_and_freed(dispatcher)
    dispatcher.ended(place.key, "left", None)
    other = started(dispatcher, "other")
    dispatcher.start(waits("waiting"), DIGITS)
    (explained,) = dispatcher.command("run", "resume")
    assert (explained.status, explained.worker) == ("paused", None)
    assert explained.message
    again = only(Place, dispatcher.ended(other.key, "finished", None))
    assert (again.run_id, again.steps, again.claim) == ("run", None, None)
    assert dispatcher.running(again.key) == [Mark("run", "running", worker="a")]


def test_a_step_of_a_run_that_was_freed_is_one_step():
    dispatcher = warm_dispatcher("a")
    place = paused_and_freed(dispatcher)
    dispatcher.ended(place.key, "left", None)
    assert only(Place, dispatcher.command("run", "step")).steps == 1


def test_a_resume_while_the_run_is_leaving_is_not_forgotten():
    dispatcher = warm_dispatcher("a")
    place = paused_and_freed(dispatcher)
    assert dispatcher.command("run", "resume") == []
    assert only(Place, dispatcher.ended(place.key, "left", None)).steps is None


def test_a_stop_while_the_run_is_leaving_is_not_forgotten():
    dispatcher = warm_dispatcher("a")
    place = paused_and_freed(dispatcher)
    dispatcher.command("run", "stop")
    assert of(MarkEnded, dispatcher.ended(place.key, "left", None)) == [MarkEnded("run", "stopped")]


# Turns


def order_of(dispatcher, first):
    """The runs as they are placed from here on, each ending before the next is placed."""
    placed = [first]
    while places := of(Place, dispatcher.ended(placed[-1].key, "finished", None)):
        placed += places
        dispatcher.running(placed[-1].key)
    return [place.run_id for place in placed]


def test_browsers_take_turns_and_addresses_before_them():
    dispatcher = warm_dispatcher("a")
    first = only(Place, dispatcher.start(waits("1", "ann", "school"), DIGITS))
    for run_id, browser, address in [
        ("2", "ann", "school"),
        ("3", "ann", "school"),
        ("4", "ben", "school"),
        ("5", "ben", "school"),
        ("6", "cleo", "home"),
        ("7", "cleo", "home"),
    ]:
        dispatcher.start(waits(run_id, browser, address, turns_before=1), DIGITS)
    assert order_of(dispatcher, first) == ["1", "6", "4", "7", "2", "5", "3"]


def test_who_had_turns_before_the_engine_began_is_remembered():
    dispatcher = warm_dispatcher()
    dispatcher.remember(Turns([Turn(1, "ben", "home"), Turn(2, "ann", "home")]))
    dispatcher.start(waits("ann's", "ann", "home", 2), DIGITS)
    dispatcher.start(waits("ben's", "ben", "home", 2), DIGITS)
    dispatcher.worker_joined("a")
    assert only(Place, dispatcher.done(Chore("a", "warm_up"), EVERYTHING)).run_id == "ben's"


def test_a_turn_is_taken_once_however_often_its_run_loses_its_worker():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    assert place.turn.browser == "browser"
    dispatcher.disconnected("The scheduler is gone.")
    dispatcher.start(waits("other", "another"), DIGITS)
    dispatcher.worker_joined("b")
    again = only(Place, dispatcher.done(Chore("b", "warm_up"), EVERYTHING))
    assert (again.run_id, again.turn) == ("run", None)


def test_a_run_that_could_not_be_placed_just_then_does_not_take_a_second_turn():
    dispatcher = warm_dispatcher("a")
    assert only(Place, dispatcher.start(waits("run"), DIGITS)).turn is not None
    dispatcher.put_back("run")
    assert only(Place, dispatcher.tick(1.0)).turn is None


def test_a_run_that_left_after_a_pause_has_had_its_turn():
    dispatcher = warm_dispatcher("a")
    place = paused_and_freed(dispatcher)
    dispatcher.ended(place.key, "left", None)
    other = only(Place, dispatcher.start(waits("other", "another"), DIGITS))
    dispatcher.start(waits("waiting", "a third", turns_before=2), DIGITS)
    dispatcher.start(waits("own", turns_before=2), DIGITS)
    dispatcher.command("run", "resume")
    assert order_of(dispatcher, other) == ["other", "waiting", "run", "own"]


def test_who_goes_on_for_a_step_now_and_then_does_not_keep_a_worker_from_those_that_wait():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    dispatcher.command("run", "pause")
    dispatcher.start(waits("next", "another"), DIGITS)
    asked = []
    for now in range(0, 2 * int(SECONDS_ON_WORKER_WHILE_PAUSED), 20):
        dispatcher.paused(place.key, float(now))
        asked += of(GiveCommand, dispatcher.tick(now + 19.0))
        dispatcher.command("run", "step")
        dispatcher.running(place.key)
    assert asked == [GiveCommand(place.key, "a", "leave")]


# Things that go wrong


def test_a_run_whose_worker_dies_goes_on_once_and_is_interrupted_the_second_time():
    dispatcher = warm_dispatcher("a", "b")
    place = started(dispatcher, "run")
    actions = dispatcher.workers_left(place.worker)
    (explained,) = of(Mark, actions)
    assert explained.status == "running"
    assert "ended unexpectedly" in explained.message
    again = only(Place, actions)
    assert again.worker != place.worker
    dispatcher.running(again.key)
    (interrupted,) = dispatcher.workers_left(again.worker)
    assert interrupted.status == "interrupted"
    assert "Resume" in interrupted.message


def test_a_run_whose_workers_leave_the_cluster_goes_on_until_that_is_no_accident_any_more():
    dispatcher = warm_dispatcher(*map(str, range(RESUMES["went"] + 2)))
    place = started(dispatcher, "run")
    for _ in range(RESUMES["went"]):
        actions = dispatcher.workers_left(place.worker, how="went")
        assert "left the cluster" in of(Mark, actions)[0].message
        place = only(Place, actions)
        dispatcher.running(place.key)
    (interrupted,) = dispatcher.workers_left(place.worker, how="went")
    assert interrupted.status == "interrupted"
    assert "Resume" in interrupted.message


def test_workers_that_leave_the_cluster_before_they_are_warm_are_no_trouble_of_the_engine():
    dispatcher = Dispatcher()
    for number in range(5):
        dispatcher.worker_joined(str(number))
        dispatcher.workers_left(str(number), how="went")
    assert dispatcher.condition.state == "starting"


def test_workers_that_die_together_are_one_death_and_their_runs_keep_their_order():
    dispatcher = warm_dispatcher("a", "b")
    workers = {started(dispatcher, run_id).worker for run_id in ("first", "second")}
    actions = dispatcher.workers_left(*workers)
    assert of(Place, actions) == []
    assert {mark.status for mark in of(Mark, actions)} == {"running"}
    dispatcher.worker_joined("c")
    assert only(Place, dispatcher.done(Chore("c", "warm_up"), EVERYTHING)).run_id == "first"


def test_a_paused_run_whose_worker_dies_stays_paused():
    dispatcher = warm_dispatcher("a", "b")
    place = started(dispatcher, "run")
    dispatcher.command("run", "pause")
    dispatcher.paused(place.key, 0.0)
    assert dispatcher.workers_left(place.worker) == [Mark("run", "paused")]
    assert of(Place, dispatcher.command("run", "resume")) != []


def test_a_run_that_did_its_one_step_is_paused_also_if_its_worker_dies_then():
    dispatcher = warm_dispatcher("a", "b")
    place = started(dispatcher, "run")
    dispatcher.command("run", "step")
    dispatcher.paused(place.key, 0.0)
    assert of(Place, dispatcher.workers_left(place.worker)) == []


def test_a_stopped_run_whose_worker_dies_is_stopped():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    dispatcher.command("run", "stop")
    assert dispatcher.workers_left(place.worker) == [MarkEnded("run", "stopped")]


def test_what_an_earlier_attempt_says_is_ignored():
    dispatcher = warm_dispatcher("a", "b")
    place = started(dispatcher, "run")
    dispatcher.workers_left(place.worker)
    assert dispatcher.ended(place.key, "finished", None) == []
    assert dispatcher.paused(place.key, 0.0) == []


def test_a_run_that_contradicts_its_record_fails_at_once_and_frees_its_worker():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    dispatcher.start(waits("next"), DIGITS)
    assert dispatcher.failed(place.key, "It differs.") == [
        MarkEnded("run", "failed", "It differs."),
        GiveCommand(place.key, "a", "leave"),
    ]
    assert dispatcher.command("run", "stop") == []
    actions = dispatcher.ended(place.key, "left", None)
    assert of(Mark, actions) == []
    assert only(Place, actions).run_id == "next"


def test_a_training_that_leaves_unasked_goes_on():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    assert only(Place, dispatcher.ended(place.key, "left", None)).run_id == "run"


def test_without_a_scheduler_runs_wait_and_go_on_by_themselves_however_often_that_happens():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    for number in range(5):
        (waits,) = dispatcher.disconnected("The scheduler is gone.")
        assert (waits.status, waits.worker) == ("running", None)
        assert "interrupted" in waits.message
        assert "goes on by itself as soon as workers are back" in waits.message
        assert (dispatcher.placed, dispatcher.condition.workers) == (frozenset(), 0)
        dispatcher.worker_joined(f"again {number}")
        again = only(Place, dispatcher.done(Chore(f"again {number}", "warm_up"), EVERYTHING))
        assert again.key > place.key
        assert (again.claim, again.steps) == (None, None)
        assert dispatcher.running(again.key) == [Mark("run", "running", worker=f"again {number}")]
        place = again
    # Nor does it count where a worker dies afterwards.
    assert of(Mark, dispatcher.workers_left(place.worker))[0].status == "running"


def test_without_a_scheduler_the_order_of_the_runs_stays():
    dispatcher = warm_dispatcher("a", "b")
    for run_id in ("first", "second"):
        started(dispatcher, run_id)
    dispatcher.start(waits("third"), DIGITS)
    dispatcher.disconnected("The scheduler is gone.")
    placed = []
    for number in range(3):
        dispatcher.worker_joined(f"again {number}")
        placed.append(only(Place, dispatcher.done(Chore(f"again {number}", "warm_up"), EVERYTHING)).run_id)
    assert placed == ["first", "second", "third"]


def test_without_a_scheduler_a_paused_run_stays_paused_and_a_stopped_one_is_stopped():
    dispatcher = warm_dispatcher("a", "b")
    paused = started(dispatcher, "paused")
    started(dispatcher, "stopped")
    dispatcher.command("paused", "pause")
    dispatcher.paused(paused.key, 0.0)
    dispatcher.command("stopped", "stop")
    assert set(dispatcher.disconnected("The scheduler is gone.")) == {
        Mark("paused", "paused"),
        MarkEnded("stopped", "stopped"),
    }


# The engine's own state


def test_the_engine_is_ready_when_a_worker_is_warm():
    dispatcher = Dispatcher()
    assert dispatcher.condition.state == "starting"
    dispatcher.worker_joined("a")
    assert dispatcher.condition.state == "starting"
    dispatcher.done(Chore("a", "warm_up"), Inventory(frozenset({DEFAULT_KEY}), frozenset({"mnist-5k"})))
    assert (dispatcher.condition.state, dispatcher.condition.workers, dispatcher.condition.busy) == ("ready", 1, 0)
    assert dispatcher.condition.warm == (DEFAULT_KEY,)


def test_workers_that_cannot_load_tensorflow_make_the_engine_unavailable_with_the_reason():
    dispatcher = Dispatcher()
    dispatcher.worker_joined("a")
    dispatcher.not_done(Chore("a", "warm_up"), "TensorFlow is broken")
    assert dispatcher.condition.state == "unavailable"
    assert dispatcher.condition.message == (
        "Training is not possible: a worker could not get ready (TensorFlow is broken)."
    )


def test_workers_that_die_while_they_start_make_the_engine_unavailable():
    dispatcher = Dispatcher()
    for number in range(DEATHS_UNTIL_UNAVAILABLE):
        dispatcher.worker_joined(str(number))
        dispatcher.workers_left(str(number))
    assert dispatcher.condition.state == "unavailable"


# The end


def test_at_the_end_every_training_leaves_and_is_interrupted_and_queued_runs_stay_queued():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    dispatcher.start(waits("queued"), DIGITS)
    assert dispatcher.end() == [GiveCommand(place.key, "a", "leave")]
    (mark,) = dispatcher.ended(place.key, "left", None)
    assert mark.status == "interrupted"
    assert "Resume" in mark.message
    assert dispatcher.placed == frozenset()


def test_a_training_that_finishes_meanwhile_is_finished():
    dispatcher = warm_dispatcher("a")
    place = started(dispatcher, "run")
    dispatcher.end()
    assert dispatcher.ended(place.key, "finished", None) == [Mark("run", "finished")]


def test_what_has_not_left_in_time_is_interrupted_too():
    dispatcher = warm_dispatcher("a")
    started(dispatcher, "run")
    dispatcher.end()
    (mark,) = dispatcher.give_up()
    assert mark.status == "interrupted"


# Questions


def examining(*programs):
    """What a worker has that is ready for questions about these programs."""
    return Inventory(frozenset({DEFAULT_KEY}), frozenset({"mnist-5k"}), frozenset(programs))


def test_each_worker_works_out_one_answer_at_a_time_also_while_it_trains():
    dispatcher = warm_dispatcher("a", "b")
    started(dispatcher, "run")
    assert dispatcher.examiners.free == 2
    assert {dispatcher.examiners.choose(DIGITS), dispatcher.examiners.choose(DIGITS)} == {"a", "b"}
    assert (dispatcher.examiners.free, dispatcher.examiners.choose(DIGITS)) == (0, None)
    dispatcher.examiners.done("a", None)
    assert (dispatcher.examiners.free, dispatcher.examiners.choose(DIGITS)) == (1, "a")


def test_a_worker_that_is_not_up_yet_is_asked_nothing():
    dispatcher = Dispatcher()
    dispatcher.worker_joined("a")
    assert (dispatcher.examiners.free, dispatcher.examiners.choose(DIGITS)) == (0, None)


def test_a_question_goes_to_an_idle_worker_rather_than_to_one_that_trains():
    for ready in ((), (DEFAULT_KEY,)):
        dispatcher = warm_dispatcher("a", "b")
        busy = started(dispatcher, "run").worker
        for address in ("a", "b"):
            dispatcher.examiners.done(address, examining(*ready))
        assert dispatcher.examiners.choose(DIGITS) == {"a": "b", "b": "a"}[busy]


def test_a_question_goes_to_a_worker_that_is_ready_for_it():
    dispatcher = warm_dispatcher("a", "b", "c")
    dispatcher.examiners.done("b", examining(AFTER.compile_key))
    assert dispatcher.examiners.choose(AFTER) == "b"


def test_a_run_remembers_nothing_of_what_its_worker_was_ready_for():
    dispatcher = warm_dispatcher("a", "b")
    dispatcher.examiners.done("b", examining(AFTER.compile_key))
    started(dispatcher, "one")
    started(dispatcher, "two")
    assert dispatcher.examiners.choose(AFTER) == "b"


def calm(dispatcher, now=0.0):
    """What is done when nothing happened for a while."""
    dispatcher.tick(now)
    return dispatcher.tick(now + SECONDS_OF_CALM)


def test_one_idle_worker_gets_ready_for_questions_when_all_is_calm():
    dispatcher = warm_dispatcher("a", "b")
    assert of("warm_examiner", dispatcher.tick(0.0)) == []
    assert of("warm_examiner", dispatcher.tick(SECONDS_OF_CALM - 1)) == []
    warmed = only("warm_examiner", dispatcher.tick(SECONDS_OF_CALM))
    assert warmed.config.compile_key == DEFAULT_KEY
    assert dispatcher.tick(SECONDS_OF_CALM + 100) == [], "one at a time"
    dispatcher.examiners.done(warmed.worker, examining(DEFAULT_KEY))
    assert dispatcher.tick(SECONDS_OF_CALM + 200) == [], "one is enough"


def test_who_presses_train_gets_a_worker_that_is_not_getting_ready_for_questions():
    dispatcher = warm_dispatcher("a", "b")
    warmed = only("warm_examiner", calm(dispatcher))
    assert only(Place, dispatcher.start(waits("run"), DIGITS)).worker != warmed.worker


def test_a_run_that_has_just_begun_is_left_in_peace():
    dispatcher = warm_dispatcher("a", "b")
    dispatcher.tick(0.0)
    started(dispatcher, "run", AFTER)
    assert of("warm_examiner", dispatcher.tick(SECONDS_OF_CALM)) == []
    assert of("warm_examiner", dispatcher.tick(2 * SECONDS_OF_CALM)) != []


def test_no_worker_that_trains_gets_ready_for_questions():
    dispatcher = warm_dispatcher("a")
    started(dispatcher, "run")
    assert of("warm_examiner", calm(dispatcher)) == []


def test_an_idle_worker_gets_ready_for_the_runs_that_are_looked_at():
    dispatcher = warm_dispatcher("a", "b")
    place = started(dispatcher, "run", AFTER)
    (idle,) = {"a", "b"} - {place.worker}
    assert calm(dispatcher) == [Chore(idle, "warm_examiner", AFTER)]
    dispatcher.examiners.done(idle, examining(AFTER.compile_key))
    assert calm(dispatcher) == [Chore(idle, "warm_examiner", TrainingConfig())]
    dispatcher.examiners.done(idle, examining(AFTER.compile_key, DEFAULT_KEY))
    dispatcher.examiners.done(dispatcher.examiners.choose(NONE), examining(AFTER.compile_key, DEFAULT_KEY))
    assert calm(dispatcher) == [Chore(idle, "warm_examiner", NONE)]


def test_what_a_worker_cannot_get_ready_for_is_not_tried_there_again():
    dispatcher = warm_dispatcher("a")
    (warmed,) = calm(dispatcher)
    dispatcher.not_done(warmed, "out of memory")
    assert calm(dispatcher, 100.0) == []
    assert dispatcher.examiners.free == 1, "questions may be asked all the same"


# Everything at once


@dataclass
class Training:
    """A training as a worker has it."""

    attempt: int
    steps: int | None
    paused: bool = False
    ending: str | None = None


class Everything(RuleBasedStateMachine):
    """A model of store and workers that does what the dispatcher says, while anything may happen in any order."""

    def __init__(self):
        super().__init__()
        self.dispatcher = Dispatcher()
        self.now = 0.0
        self.statuses = {}
        self.workers = {}
        self.chores = []
        self.names = 0
        self.turns = 0
        self.unheard = []

    def do(self, actions):
        for action in actions:
            match action:
                case Place():
                    assert action.turn is not None or action.key[1] > 1, "what begins takes a turn"
                    self.turns += action.turn is not None
                    if action.claim is not None:
                        if self.statuses[action.run_id] != "queued":
                            self.do(self.dispatcher.withdrawn(action.run_id))
                            continue
                        self.statuses[action.run_id] = action.claim
                    else:
                        assert self.statuses[action.run_id] not in ("queued", *ENDED)
                    assert self.workers[action.worker].get("training") is None, "a worker has one training"
                    self.workers[action.worker]["training"] = (action.run_id, Training(action.key[1], action.steps))
                case GiveCommand(key, worker, command):
                    self.give(worker, key, command)
                case Mark(run_id, status):
                    assert status != "queued"
                    if self.statuses[run_id] not in ENDED:
                        self.statuses[run_id] = status
                    else:
                        assert self.statuses[run_id] == "stopped", (
                            "only the service ends a run behind the engine's back"
                        )
                case MarkEnded(run_id, status):
                    self.end(run_id, status)
                case Chore(worker, call):
                    assert worker in self.workers
                    self.chores.append(action)
                    if call == "warm_examiner":
                        training = self.workers[worker].get("training")
                        assert training is None, "no training is slowed for what may be asked"
                        self.examine(worker)

    def examine(self, worker):
        assert not self.workers[worker]["examines"], "a worker works out one answer at a time"
        self.workers[worker]["examines"] = True

    def end(self, run_id, status):
        if self.statuses[run_id] not in ENDED:
            self.statuses[run_id] = status

    def give(self, worker, key, command):
        if worker not in self.workers or self.workers[worker].get("training") is None:
            return
        name, training = self.workers[worker]["training"]
        if (name, training.attempt) != key:
            return
        match command:
            case "resume":
                training.steps = None
            case "pause":
                training.steps = 0
            case "step":
                training.steps = (training.steps or 0) + 1
            case _:
                training.ending = training.ending or command

    def trainings(self):
        return {
            worker: state["training"] for worker, state in self.workers.items() if state.get("training") is not None
        }

    @rule(config=st.sampled_from([DIGITS, AFTER, GARMENTS]), who=st.sampled_from(["a1", "a2", "b1"]))
    def start(self, config, who):
        self.names += 1
        run_id = f"run{self.names}"
        self.statuses[run_id] = "queued"
        self.do(self.dispatcher.start(waits(run_id, who, who[0], self.turns), config))

    @precondition(lambda self: self.statuses)
    @rule(data=st.data(), ask=st.sampled_from(["stop", "pause", "resume", "step"]))
    def ask(self, data, ask):
        run_id = data.draw(st.sampled_from(sorted(self.statuses)))
        if self.statuses[run_id] == "queued" and ask == "stop":
            # The service does it, and tells the engine.
            self.statuses[run_id] = "stopped"
            self.unheard.append(run_id)
        elif self.statuses[run_id] not in ENDED:
            self.do(self.dispatcher.command(run_id, ask))

    @precondition(lambda self: self.unheard)
    @rule()
    def hear_of_a_stop(self):
        self.do(self.dispatcher.command(self.unheard.pop(0), "stop"))

    @rule(config=st.sampled_from([DIGITS, AFTER, NONE, GARMENTS]))
    def wish(self, config):
        self.do(self.dispatcher.prepare(config))

    @precondition(lambda self: len(self.workers) < 3)
    @rule()
    def join(self):
        self.names += 1
        address = f"worker{self.names}"
        self.workers[address] = {"programs": set(), "datasets": set(), "examiners": set(), "examines": False}
        self.do(self.dispatcher.worker_joined(address))

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def die(self, data):
        address = data.draw(st.sampled_from(sorted(self.workers)))
        del self.workers[address]
        self.chores = [chore for chore in self.chores if chore.worker != address]
        self.do(self.dispatcher.workers_left(address))

    @precondition(lambda self: self.workers)
    @rule()
    def disconnect(self):
        """The scheduler is gone: no run ends by that, unless it was to end."""
        ending = {run_id for run_id, training in self.trainings().values() if training.ending is not None}
        before = dict(self.statuses)
        self.workers.clear()
        self.chores.clear()
        self.do(self.dispatcher.disconnected("The scheduler is gone."))
        assert {run_id for run_id in before if before[run_id] != self.statuses[run_id] in ENDED} <= ending

    @precondition(lambda self: self.chores)
    @rule(data=st.data(), works=st.booleans())
    def do_chore(self, data, works):
        chore = self.chores.pop(data.draw(st.integers(0, len(self.chores) - 1)))
        self.end_chore(chore, works or chore.call == "warm_up")

    def end_chore(self, chore, works):
        has = self.workers[chore.worker]
        if chore.call == "warm_examiner":
            has["examines"] = False
        if not works:
            self.do(self.dispatcher.not_done(chore, "no network"))
            return
        match chore.call:
            case "warm_up":
                has["programs"].add(DEFAULT_KEY)
                has["datasets"].add("mnist-5k")
            case "prepare":
                has["programs"].add(chore.config.compile_key)
            case "fetch":
                has["datasets"].add(chore.config.dataset)
            case "warm_examiner":
                has["examiners"].add(chore.config.compile_key)
        self.do(self.dispatcher.done(chore, self.inventory(chore.worker)))

    def inventory(self, address):
        has = self.workers[address]
        return Inventory(frozenset(has["programs"]), frozenset(has["datasets"]), frozenset(has["examiners"]))

    @rule(config=st.sampled_from([DIGITS, AFTER, NONE]))
    def ask_about(self, config):
        free, address = self.dispatcher.examiners.free, self.dispatcher.examiners.choose(config)
        assert (address is None) == (free == 0)
        if address is not None:
            self.examine(address)
            self.workers[address]["asked"] = True

    @precondition(lambda self: any(has.get("asked") for has in self.workers.values()))
    @rule(data=st.data(), says=st.booleans())
    def reply(self, data, says):
        address = data.draw(st.sampled_from([name for name, has in self.workers.items() if has.get("asked")]))
        self.workers[address] |= {"asked": False, "examines": False}
        self.dispatcher.examiners.done(address, self.inventory(address) if says else None)

    @precondition(lambda self: self.trainings())
    @rule(data=st.data(), finishes=st.booleans())
    def train(self, data, finishes):
        """A training does what it was told, or one step."""
        address = data.draw(st.sampled_from(sorted(self.trainings())))
        run_id, training = self.workers[address]["training"]
        if training.ending is not None:
            self.workers[address]["training"] = None
            how = "stopped" if training.ending == "stop" else "left"
            self.do(self.dispatcher.ended((run_id, training.attempt), how, None))
        elif training.steps == 0:
            if not training.paused:
                training.paused = True
                self.do(self.dispatcher.paused((run_id, training.attempt), self.now))
        elif finishes:
            self.workers[address]["training"] = None
            self.do(self.dispatcher.ended((run_id, training.attempt), "finished", None))
        else:
            training.paused = False
            if training.steps is not None:
                training.steps -= 1
            self.do(self.dispatcher.running((run_id, training.attempt)))

    @rule(seconds=st.sampled_from([1.0, 30.0, 90.0]))
    def wait(self, seconds):
        self.now += seconds
        self.do(self.dispatcher.tick(self.now))

    @invariant()
    def no_run_is_on_two_workers(self):
        names = [run_id for run_id, _ in self.trainings().values()]
        assert len(names) == len(set(names))

    @invariant()
    def what_the_dispatcher_believes_is_so(self):
        assert self.dispatcher.placed == {(run_id, training.attempt) for run_id, training in self.trainings().values()}

    @invariant()
    def what_ended_is_forgotten(self):
        ended = {run_id for run_id, status in self.statuses.items() if status in ENDED}
        assert self.dispatcher.runs & ended <= {*self.unheard, *(run_id for run_id, _ in self.trainings().values())}

    @invariant()
    def nothing_that_ended_is_still_in_work(self):
        for run_id, training in self.trainings().values():
            assert self.statuses[run_id] not in ENDED or training.ending is not None

    def teardown(self):
        """Left alone with a working machine, every run comes to an end, or stays where somebody paused it."""
        if not self.workers:
            self.join()
        for _ in range(2000):
            if self.chores:
                self.end_chore(self.chores.pop(0), True)
            busy = [
                address
                for address, (_, training) in self.trainings().items()
                if training.ending is not None or training.steps != 0 or not training.paused
            ]
            for address in busy:
                self.train_plainly(address)
            self.now += 90.0
            self.do(self.dispatcher.tick(self.now))
            if not self.chores and not busy and not self.trainings():
                break
        left = {run_id: status for run_id, status in self.statuses.items() if status not in ENDED}
        assert set(left.values()) <= {"paused"}, left

    def train_plainly(self, address):
        run_id, training = self.workers[address]["training"]
        if training.ending is None and training.steps == 0:
            training.paused = True
            self.do(self.dispatcher.paused((run_id, training.attempt), self.now))
            return
        self.workers[address]["training"] = None
        how = {None: "finished", "stop": "stopped", "leave": "left"}[training.ending]
        self.do(self.dispatcher.ended((run_id, training.attempt), how, None))


Everything.TestCase.settings = settings(deadline=None, max_examples=150, stateful_step_count=40)
TestEverything = Everything.TestCase
