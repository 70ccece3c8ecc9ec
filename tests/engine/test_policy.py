"""The engine's decisions, without a process: one test a promise, then a machine that tries everything at once."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bn_core.config import TrainingConfig
from bn_core.engine.actions import Fetch, Mark, MarkFailed, MarkStopped, Place, Prepare, Tell, WarmExaminer, WarmUp
from bn_core.engine.holdings import Inventory
from bn_core.engine.policy import (
    DEATHS_UNTIL_UNAVAILABLE,
    SECONDS_OF_CALM,
    SECONDS_ON_WORKER_WHILE_PAUSED,
    Policy,
)
from bn_core.runs.records import ENDED

DIGITS = TrainingConfig(dataset="mnist-5k")
AFTER = replace(DIGITS, placement="after")
NONE = replace(DIGITS, placement="none", bias=True)
GARMENTS = replace(DIGITS, dataset="fashion-mnist")
DEFAULT_PROGRAM = TrainingConfig().compile_key


def of(kind, actions):
    return [action for action in actions if isinstance(action, kind)]


def only(kind, actions):
    (action,) = of(kind, actions)
    return action


def warm_policy(*addresses, programs=(DEFAULT_PROGRAM,), datasets=("mnist-5k", "mnist")):
    policy = Policy()
    for address in addresses:
        policy.worker_joined(address)
    for address in addresses:
        policy.warmed_up(address, Inventory(frozenset(programs), frozenset(datasets)))
    return policy


def started(policy, run_id, config=DIGITS):
    """Starts a run and lets it run; gives its placement."""
    place = only(Place, policy.start(run_id, config))
    policy.running(run_id, place.attempt)
    return place


# Placement


def test_a_run_is_placed_on_a_free_worker_at_once():
    place = only(Place, warm_policy("a").start("run", DIGITS))
    assert (place.run_id, place.worker, place.config, place.steps) == ("run", "a", DIGITS, None)


def test_a_run_whose_program_is_there_is_claimed_as_running_and_another_as_compiling():
    policy = warm_policy("a", "b")
    assert only(Place, policy.start("one", DIGITS)).claim == "running"
    assert only(Place, policy.start("two", AFTER)).claim == "compiling"


def test_a_worker_has_one_training_and_the_queue_is_served_in_order():
    policy = warm_policy("a")
    first = started(policy, "first")
    assert of(Place, policy.start("second", DIGITS)) == []
    assert of(Place, policy.start("third", DIGITS)) == []
    actions = policy.ended("first", first.attempt, "finished", None)
    assert of(Mark, actions) == [Mark("first", "finished")]
    assert only(Place, actions).run_id == "second"


def test_a_run_goes_to_the_idle_worker_that_has_its_program():
    policy = warm_policy("a", "b", "c")
    policy.prepared("b", Inventory(frozenset({DEFAULT_PROGRAM, AFTER.compile_key}), frozenset({"mnist-5k"})))
    assert only(Place, policy.start("run", AFTER)).worker == "b"


def test_else_to_the_one_that_is_tracing_it():
    policy = warm_policy("a", "b")
    tracing = only(Prepare, policy.prepare(AFTER)).worker
    assert only(Place, policy.start("run", AFTER)).worker == tracing


def test_a_worker_remembers_what_it_traced_for_a_run():
    policy = warm_policy("a", "b")
    place = started(policy, "one", AFTER)
    policy.ended("one", place.attempt, "finished", None)
    assert only(Place, policy.start("two", AFTER)).worker == place.worker
    assert AFTER.compile_key in policy.condition.warm


def test_a_run_that_was_started_twice_is_placed_once():
    policy = warm_policy("a", "b")
    assert of(Place, policy.start("run", DIGITS)) != []
    assert policy.start("run", DIGITS) == []


def test_a_run_that_was_stopped_in_the_store_while_it_waited_makes_way():
    policy = warm_policy("a")
    policy.start("stopped", DIGITS)
    policy.start("next", DIGITS)
    assert only(Place, policy.withdrawn("stopped")).run_id == "next"


def test_a_run_that_cannot_be_placed_just_now_is_the_first_at_the_next_tick():
    policy = warm_policy("a")
    first = only(Place, policy.start("first", DIGITS))
    policy.start("second", DIGITS)
    assert policy.put_back("first") == []
    again = only(Place, policy.tick(1.0))
    assert (again.run_id, again.claim) == ("first", "running")
    assert again.attempt > first.attempt


# Getting ready


def test_a_new_worker_gets_warm_and_one_tries_to_get_the_default_data():
    policy = Policy()
    first = policy.worker_joined("a")
    assert of(WarmUp, first) == [WarmUp("a")]
    assert of(Fetch, first) == [Fetch("a", "mnist")]
    second = policy.worker_joined("b")
    assert of(WarmUp, second) == [WarmUp("b")]
    assert of(Fetch, second) == []


def test_where_the_default_data_could_be_had_the_others_read_it_too():
    policy = Policy()
    policy.worker_joined("a")
    policy.worker_joined("b")
    assert of(Fetch, policy.fetched("a", "mnist", Inventory(datasets=frozenset({"mnist"})))) == [Fetch("b", "mnist")]


def test_no_default_data_is_no_problem_for_anybody():
    policy = warm_policy("a", datasets=("mnist-5k",))
    assert policy.fetch_failed("a", "mnist", "no network") == []
    assert policy.condition.state == "ready"


def test_an_idle_worker_is_prepared_for_what_was_wished_for():
    policy = warm_policy("a", "b")
    policy.prepared("a", Inventory(frozenset({DEFAULT_PROGRAM, NONE.compile_key}), frozenset({"mnist-5k"})))
    assert only(Prepare, policy.prepare(AFTER)) == Prepare("b", AFTER)


def test_nobody_traces_what_an_idle_worker_has_or_is_tracing():
    policy = warm_policy("a", "b")
    assert policy.prepare(DIGITS) == []
    assert of(Prepare, policy.prepare(AFTER)) != []
    assert policy.prepare(AFTER) == []


def test_a_training_worker_is_left_in_peace_and_the_latest_wish_comes_true_when_one_is_idle():
    policy = warm_policy("a")
    place = started(policy, "run")
    assert policy.prepare(AFTER) == []
    assert policy.prepare(NONE) == []
    assert only(Prepare, policy.ended("run", place.attempt, "finished", None)) == Prepare("a", NONE)


def test_to_be_prepared_is_to_have_the_data_too():
    policy = warm_policy("a")
    actions = policy.prepare(replace(GARMENTS, placement="after"))
    assert of(Fetch, actions) == [Fetch("a", "fashion-mnist")]


# Data that has to come first


def test_a_run_waits_for_its_data_and_does_not_hold_up_the_others():
    policy = warm_policy("a")
    assert policy.start("garments", GARMENTS) == [Fetch("a", "fashion-mnist")]
    digits = only(Place, policy.start("digits", DIGITS))
    policy.running("digits", digits.attempt)
    everything = Inventory(frozenset({DEFAULT_PROGRAM}), frozenset({"mnist-5k", "fashion-mnist"}))
    assert of(Place, policy.fetched("a", "fashion-mnist", everything)) == []
    assert only(Place, policy.ended("digits", digits.attempt, "finished", None)).run_id == "garments"


def test_data_that_cannot_be_had_fail_the_runs_that_need_them_with_the_reason():
    policy = warm_policy("a", "b")
    policy.start("one", GARMENTS)
    policy.start("two", GARMENTS)
    actions = policy.fetch_failed("a", "fashion-mnist", "No network.")
    assert of(MarkFailed, actions) == [MarkFailed("one", "No network."), MarkFailed("two", "No network.")]
    # The network may be back for the next.
    assert of(Fetch, policy.start("three", GARMENTS)) != []


def test_a_worker_that_cannot_get_what_another_has_is_not_asked_again_and_again():
    policy = warm_policy("a", "b")
    policy.fetched("b", "fashion-mnist", Inventory(frozenset({DEFAULT_PROGRAM}), frozenset({"fashion-mnist"})))
    place = started(policy, "one", GARMENTS)
    assert place.worker == "b"
    assert policy.start("two", GARMENTS) == [Fetch("a", "fashion-mnist")]
    assert policy.fetch_failed("a", "fashion-mnist", "No network.") == []
    assert policy.tick(1.0) == []
    assert only(Place, policy.ended("one", place.attempt, "finished", None)).run_id == "two"


# Stop, pause, resume, step


@pytest.mark.parametrize(("ask", "word"), [("stop", "stop"), ("pause", "hold"), ("step", "step"), ("resume", "go")])
def test_what_is_asked_of_a_training_is_told_to_its_worker(ask, word):
    policy = warm_policy("a")
    place = started(policy, "run")
    assert getattr(policy, ask)("run") == [Tell("run", place.attempt, "a", word)]


@pytest.mark.parametrize("ask", ["stop", "pause", "step", "resume"])
def test_what_is_asked_of_no_run_changes_nothing(ask):
    assert getattr(warm_policy("a"), ask)("nobody") == []


def test_a_run_is_paused_when_its_worker_says_so_and_running_when_it_goes_on():
    policy = warm_policy("a")
    place = started(policy, "run")
    policy.pause("run")
    assert policy.held("run", place.attempt, 0.0) == [Mark("run", "paused", worker="a")]
    policy.resume("run")
    assert policy.running("run", place.attempt) == [Mark("run", "running", worker="a")]


def test_a_waiting_run_that_is_stopped_never_starts():
    policy = warm_policy("a")
    first = started(policy, "first")
    policy.start("second", DIGITS)
    assert policy.stop("second") == [MarkStopped("second")]
    assert of(Place, policy.ended("first", first.attempt, "finished", None)) == []


def test_a_waiting_run_that_is_paused_cannot_get_ahead_by_it():
    policy = warm_policy("a")
    first = started(policy, "first")
    policy.start("second", DIGITS)
    policy.start("third", DIGITS)
    assert policy.pause("second") == [Mark("second", "paused")]
    policy.resume("second")
    assert only(Place, policy.ended("first", first.attempt, "finished", None)).run_id == "third"


def paused_and_freed(policy):
    place = started(policy, "run")
    policy.pause("run")
    policy.held("run", place.attempt, 100.0)
    (leave,) = policy.tick(100.0 + SECONDS_ON_WORKER_WHILE_PAUSED)
    assert leave == Tell("run", place.attempt, "a", "leave")
    return place


def test_a_run_paused_for_a_minute_frees_its_worker_and_not_before():
    policy = warm_policy("a")
    place = started(policy, "run")
    policy.pause("run")
    policy.held("run", place.attempt, 100.0)
    assert policy.tick(99.0 + SECONDS_ON_WORKER_WHILE_PAUSED) == []
    assert of(Tell, policy.tick(100.0 + SECONDS_ON_WORKER_WHILE_PAUSED)) != []
    assert policy.ended("run", place.attempt, "left", None) == [Mark("run", "paused")]
    assert policy.condition.busy == 0


def test_a_run_that_was_freed_goes_on_before_those_that_wait():
    policy = warm_policy("a")
    place = paused_and_freed(policy)
    policy.ended("run", place.attempt, "left", None)
    other = started(policy, "other")
    policy.start("waiting", DIGITS)
    (explained,) = policy.resume("run")
    assert (explained.status, explained.worker) == ("paused", None)
    assert explained.message
    again = only(Place, policy.ended("other", other.attempt, "finished", None))
    assert (again.run_id, again.steps, again.claim) == ("run", None, None)
    assert policy.running("run", again.attempt) == [Mark("run", "running", worker="a")]


def test_a_step_of_a_run_that_was_freed_is_one_step():
    policy = warm_policy("a")
    place = paused_and_freed(policy)
    policy.ended("run", place.attempt, "left", None)
    assert only(Place, policy.step("run")).steps == 1


def test_a_resume_while_the_run_is_leaving_is_not_forgotten():
    policy = warm_policy("a")
    place = paused_and_freed(policy)
    assert policy.resume("run") == []
    assert only(Place, policy.ended("run", place.attempt, "left", None)).steps is None


def test_a_stop_while_the_run_is_leaving_is_not_forgotten():
    policy = warm_policy("a")
    place = paused_and_freed(policy)
    policy.stop("run")
    assert of(MarkStopped, policy.ended("run", place.attempt, "left", None)) == [MarkStopped("run")]


# Things that go wrong


def test_a_run_whose_worker_dies_goes_on_once_and_is_interrupted_the_second_time():
    policy = warm_policy("a", "b")
    place = started(policy, "run")
    actions = policy.worker_left(place.worker)
    (explained,) = of(Mark, actions)
    assert explained.status == "running"
    assert "ended unexpectedly" in explained.message
    again = only(Place, actions)
    assert again.worker != place.worker
    policy.running("run", again.attempt)
    (interrupted,) = policy.worker_left(again.worker)
    assert interrupted.status == "interrupted"
    assert "Resume" in interrupted.message


def test_a_paused_run_whose_worker_dies_stays_paused():
    policy = warm_policy("a", "b")
    place = started(policy, "run")
    policy.pause("run")
    policy.held("run", place.attempt, 0.0)
    assert policy.worker_left(place.worker) == [Mark("run", "paused")]
    assert of(Place, policy.resume("run")) != []


def test_a_run_that_did_its_one_step_is_held_also_if_its_worker_dies_then():
    policy = warm_policy("a", "b")
    place = started(policy, "run")
    policy.step("run")
    policy.held("run", place.attempt, 0.0)
    assert of(Place, policy.worker_left(place.worker)) == []


def test_a_stopped_run_whose_worker_dies_is_stopped():
    policy = warm_policy("a")
    place = started(policy, "run")
    policy.stop("run")
    assert policy.worker_left(place.worker) == [MarkStopped("run")]


def test_what_an_earlier_attempt_says_is_ignored():
    policy = warm_policy("a", "b")
    place = started(policy, "run")
    policy.worker_left(place.worker)
    assert policy.ended("run", place.attempt, "finished", None) == []
    assert policy.held("run", place.attempt, 0.0) == []
    assert policy.lost("run", place.attempt) == []


def test_a_run_that_contradicts_its_record_fails_at_once_and_frees_its_worker():
    policy = warm_policy("a")
    place = started(policy, "run")
    policy.start("next", DIGITS)
    assert policy.broken("run", place.attempt, "It differs.") == [
        MarkFailed("run", "It differs."),
        Tell("run", place.attempt, "a", "leave"),
    ]
    assert policy.stop("run") == []
    actions = policy.ended("run", place.attempt, "left", None)
    assert of(Mark, actions) == []
    assert only(Place, actions).run_id == "next"


def test_a_training_that_leaves_unasked_goes_on():
    policy = warm_policy("a")
    place = started(policy, "run")
    assert only(Place, policy.ended("run", place.attempt, "left", None)).run_id == "run"


# The engine's own state


def test_the_engine_is_ready_when_a_worker_is_warm():
    policy = Policy()
    assert policy.condition.state == "starting"
    policy.worker_joined("a")
    assert policy.condition.state == "starting"
    policy.warmed_up("a", Inventory(frozenset({DEFAULT_PROGRAM}), frozenset({"mnist-5k"})))
    assert (policy.condition.state, policy.condition.workers, policy.condition.busy) == ("ready", 1, 0)
    assert policy.condition.warm == (DEFAULT_PROGRAM,)


def test_workers_that_cannot_load_tensorflow_make_the_engine_unavailable_with_the_reason():
    policy = Policy()
    policy.worker_joined("a")
    policy.tracing_failed("a", "TensorFlow is broken.")
    assert (policy.condition.state, policy.condition.message) == ("unavailable", "TensorFlow is broken.")


def test_workers_that_die_while_they_start_make_the_engine_unavailable():
    policy = Policy()
    for number in range(DEATHS_UNTIL_UNAVAILABLE):
        policy.worker_joined(str(number))
        policy.worker_left(str(number))
    assert policy.condition.state == "unavailable"


# The end


def test_at_the_end_every_training_leaves_and_is_interrupted_and_queued_runs_stay_queued():
    policy = warm_policy("a")
    place = started(policy, "run")
    policy.start("queued", DIGITS)
    assert policy.end() == [Tell("run", place.attempt, "a", "leave")]
    (mark,) = policy.ended("run", place.attempt, "left", None)
    assert mark.status == "interrupted"
    assert "Resume" in mark.message
    assert policy.placed == frozenset()


def test_a_training_that_finishes_meanwhile_is_finished():
    policy = warm_policy("a")
    place = started(policy, "run")
    policy.end()
    assert policy.ended("run", place.attempt, "finished", None) == [Mark("run", "finished")]


def test_what_has_not_left_in_time_is_interrupted_too():
    policy = warm_policy("a")
    started(policy, "run")
    policy.end()
    (mark,) = policy.give_up()
    assert mark.status == "interrupted"


# Questions


def examining(*programs):
    """What a worker has that is ready for questions about these programs."""
    return Inventory(frozenset({DEFAULT_PROGRAM}), frozenset({"mnist-5k"}), frozenset(programs))


def test_each_worker_works_out_one_answer_at_a_time_also_while_it_trains():
    policy = warm_policy("a", "b")
    started(policy, "run")
    assert policy.examiners == 2
    assert {policy.examine(DIGITS), policy.examine(DIGITS)} == {"a", "b"}
    assert (policy.examiners, policy.examine(DIGITS)) == (0, None)
    policy.examined("a", None)
    assert (policy.examiners, policy.examine(DIGITS)) == (1, "a")


def test_a_worker_that_is_not_up_yet_is_asked_nothing():
    policy = Policy()
    policy.worker_joined("a")
    assert (policy.examiners, policy.examine(DIGITS)) == (0, None)


def test_a_question_goes_to_an_idle_worker_rather_than_to_one_that_trains():
    for ready in ((), (DEFAULT_PROGRAM,)):
        policy = warm_policy("a", "b")
        busy = started(policy, "run").worker
        for address in ("a", "b"):
            policy.examined(address, examining(*ready))
        assert policy.examine(DIGITS) == {"a": "b", "b": "a"}[busy]


def test_a_question_goes_to_a_worker_that_is_ready_for_it():
    policy = warm_policy("a", "b", "c")
    policy.examined("b", examining(AFTER.compile_key))
    assert policy.examine(AFTER) == "b"


def test_a_run_remembers_nothing_of_what_its_worker_was_ready_for():
    policy = warm_policy("a", "b")
    policy.examined("b", examining(AFTER.compile_key))
    started(policy, "one")
    started(policy, "two")
    assert policy.examine(AFTER) == "b"


def calm(policy, now=0.0):
    """What is done when nothing happened for a while."""
    policy.tick(now)
    return policy.tick(now + SECONDS_OF_CALM)


def test_one_idle_worker_gets_ready_for_questions_when_all_is_calm():
    policy = warm_policy("a", "b")
    assert of(WarmExaminer, policy.tick(0.0)) == []
    assert of(WarmExaminer, policy.tick(SECONDS_OF_CALM - 1)) == []
    warmed = only(WarmExaminer, policy.tick(SECONDS_OF_CALM))
    assert warmed.config.compile_key == DEFAULT_PROGRAM
    assert policy.tick(SECONDS_OF_CALM + 100) == [], "one at a time"
    policy.examined(warmed.worker, examining(DEFAULT_PROGRAM))
    assert policy.tick(SECONDS_OF_CALM + 200) == [], "one is enough"


def test_who_presses_train_gets_a_worker_that_is_not_getting_ready_for_questions():
    policy = warm_policy("a", "b")
    warmed = only(WarmExaminer, calm(policy))
    assert only(Place, policy.start("run", DIGITS)).worker != warmed.worker


def test_a_run_that_has_just_begun_is_left_in_peace():
    policy = warm_policy("a", "b")
    policy.tick(0.0)
    started(policy, "run", AFTER)
    assert of(WarmExaminer, policy.tick(SECONDS_OF_CALM)) == []
    assert of(WarmExaminer, policy.tick(2 * SECONDS_OF_CALM)) != []


def test_no_worker_that_trains_gets_ready_for_questions():
    policy = warm_policy("a")
    started(policy, "run")
    assert of(WarmExaminer, calm(policy)) == []


def test_an_idle_worker_gets_ready_for_the_runs_that_are_looked_at():
    policy = warm_policy("a", "b")
    place = started(policy, "run", AFTER)
    (idle,) = {"a", "b"} - {place.worker}
    assert calm(policy) == [WarmExaminer(idle, AFTER)]
    policy.examined(idle, examining(AFTER.compile_key))
    assert calm(policy) == [WarmExaminer(idle, TrainingConfig())]
    policy.examined(idle, examining(AFTER.compile_key, DEFAULT_PROGRAM))
    policy.examined(policy.examine(NONE), examining(AFTER.compile_key, DEFAULT_PROGRAM))
    assert calm(policy) == [WarmExaminer(idle, NONE)]


def test_what_a_worker_cannot_get_ready_for_is_not_tried_there_again():
    policy = warm_policy("a")
    (warmed,) = calm(policy)
    policy.examiner_failed("a", warmed.config)
    assert calm(policy, 100.0) == []
    assert policy.examiners == 1, "questions may be asked all the same"


# Everything at once


@dataclass
class Training:
    """A training as a worker has it."""

    attempt: int
    steps: int | None
    held: bool = False
    ending: str | None = None


class Everything(RuleBasedStateMachine):
    """A model of store and workers that does what the policy says, while anything may happen in any order."""

    def __init__(self):
        super().__init__()
        self.policy = Policy()
        self.now = 0.0
        self.statuses = {}
        self.workers = {}
        self.chores = []
        self.names = 0

    def do(self, actions):
        for action in actions:
            match action:
                case Place():
                    if action.claim is not None:
                        if self.statuses[action.run_id] != "queued":
                            self.do(self.policy.withdrawn(action.run_id))
                            continue
                        self.statuses[action.run_id] = action.claim
                    else:
                        assert self.statuses[action.run_id] not in ("queued", *ENDED)
                    assert self.workers[action.worker].get("training") is None, "a worker has one training"
                    self.workers[action.worker]["training"] = (action.run_id, Training(action.attempt, action.steps))
                case Tell(run_id, attempt, worker, word):
                    self.tell(worker, run_id, attempt, word)
                case Mark(run_id, status):
                    assert status != "queued"
                    if self.statuses[run_id] not in ENDED:
                        self.statuses[run_id] = status
                    else:
                        assert self.statuses[run_id] == "stopped", (
                            "only the service ends a run behind the engine's back"
                        )
                case MarkStopped(run_id):
                    self.end(run_id, "stopped")
                case MarkFailed(run_id):
                    self.end(run_id, "failed")
                case WarmUp() | Prepare() | Fetch():
                    assert action.worker in self.workers
                    self.chores.append(action)
                case WarmExaminer(worker):
                    assert self.workers[worker].get("training") is None, "no training is slowed for what may be asked"
                    self.examine(worker)
                    self.chores.append(action)

    def examine(self, worker):
        assert not self.workers[worker]["examines"], "a worker works out one answer at a time"
        self.workers[worker]["examines"] = True

    def end(self, run_id, status):
        if self.statuses[run_id] not in ENDED:
            self.statuses[run_id] = status

    def tell(self, worker, run_id, attempt, word):
        if worker not in self.workers or self.workers[worker].get("training") is None:
            return
        name, training = self.workers[worker]["training"]
        if (name, training.attempt) != (run_id, attempt):
            return
        match word:
            case "go":
                training.steps = None
            case "hold":
                training.steps = 0
            case "step":
                training.steps = (training.steps or 0) + 1
            case _:
                training.ending = training.ending or word

    def trainings(self):
        return {
            worker: state["training"] for worker, state in self.workers.items() if state.get("training") is not None
        }

    @rule(config=st.sampled_from([DIGITS, AFTER, GARMENTS]))
    def start(self, config):
        self.names += 1
        run_id = f"run{self.names}"
        self.statuses[run_id] = "queued"
        self.do(self.policy.start(run_id, config))

    @precondition(lambda self: self.statuses)
    @rule(data=st.data(), ask=st.sampled_from(["stop", "pause", "resume", "step"]))
    def ask(self, data, ask):
        run_id = data.draw(st.sampled_from(sorted(self.statuses)))
        if self.statuses[run_id] == "queued" and ask == "stop":
            self.statuses[run_id] = "stopped"
        elif self.statuses[run_id] not in ENDED:
            self.do(getattr(self.policy, ask)(run_id))

    @rule(config=st.sampled_from([DIGITS, AFTER, NONE, GARMENTS]))
    def wish(self, config):
        self.do(self.policy.prepare(config))

    @precondition(lambda self: len(self.workers) < 3)
    @rule()
    def join(self):
        self.names += 1
        address = f"worker{self.names}"
        self.workers[address] = {"programs": set(), "datasets": set(), "examiners": set(), "examines": False}
        self.do(self.policy.worker_joined(address))

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def die(self, data):
        address = data.draw(st.sampled_from(sorted(self.workers)))
        del self.workers[address]
        self.chores = [chore for chore in self.chores if chore.worker != address]
        self.do(self.policy.worker_left(address))

    @precondition(lambda self: self.chores)
    @rule(data=st.data(), works=st.booleans())
    def do_chore(self, data, works):
        chore = self.chores.pop(data.draw(st.integers(0, len(self.chores) - 1)))
        has = self.workers[chore.worker]
        match chore:
            case WarmUp(address):
                has["programs"].add(DEFAULT_PROGRAM)
                has["datasets"].add("mnist-5k")
                told = self.policy.warmed_up(address, self.inventory(address))
            case Prepare(address, config) if works:
                has["programs"].add(config.compile_key)
                told = self.policy.prepared(address, self.inventory(address))
            case Prepare(address, _):
                told = self.policy.tracing_failed(address, "broken")
            case Fetch(address, dataset) if works:
                has["datasets"].add(dataset)
                told = self.policy.fetched(address, dataset, self.inventory(address))
            case Fetch(address, dataset):
                told = self.policy.fetch_failed(address, dataset, "no network")
            case WarmExaminer(address, config):
                has["examines"] = False
                told = []
                if works:
                    has["examiners"].add(config.compile_key)
                    self.policy.examined(address, self.inventory(address))
                else:
                    self.policy.examiner_failed(address, config)
        self.do(told)

    def inventory(self, address):
        has = self.workers[address]
        return Inventory(frozenset(has["programs"]), frozenset(has["datasets"]), frozenset(has["examiners"]))

    @rule(config=st.sampled_from([DIGITS, AFTER, NONE]))
    def ask_about(self, config):
        free, address = self.policy.examiners, self.policy.examine(config)
        assert (address is None) == (free == 0)
        if address is not None:
            self.examine(address)
            self.workers[address]["asked"] = True

    @precondition(lambda self: any(has.get("asked") for has in self.workers.values()))
    @rule(data=st.data(), says=st.booleans())
    def reply(self, data, says):
        address = data.draw(st.sampled_from([name for name, has in self.workers.items() if has.get("asked")]))
        self.workers[address] |= {"asked": False, "examines": False}
        self.policy.examined(address, self.inventory(address) if says else None)

    @precondition(lambda self: self.trainings())
    @rule(data=st.data(), finishes=st.booleans())
    def train(self, data, finishes):
        """A training does what it was told, or one step."""
        address = data.draw(st.sampled_from(sorted(self.trainings())))
        run_id, training = self.workers[address]["training"]
        if training.ending is not None:
            self.workers[address]["training"] = None
            how = "stopped" if training.ending == "stop" else "left"
            self.do(self.policy.ended(run_id, training.attempt, how, None))
        elif training.steps == 0:
            if not training.held:
                training.held = True
                self.do(self.policy.held(run_id, training.attempt, self.now))
        elif finishes:
            self.workers[address]["training"] = None
            self.do(self.policy.ended(run_id, training.attempt, "finished", None))
        else:
            training.held = False
            if training.steps is not None:
                training.steps -= 1
            self.do(self.policy.running(run_id, training.attempt))

    @rule(seconds=st.sampled_from([1.0, 30.0, 90.0]))
    def wait(self, seconds):
        self.now += seconds
        self.do(self.policy.tick(self.now))

    @invariant()
    def no_run_is_on_two_workers(self):
        names = [run_id for run_id, _ in self.trainings().values()]
        assert len(names) == len(set(names))

    @invariant()
    def what_the_policy_believes_is_so(self):
        assert self.policy.placed == {(run_id, training.attempt) for run_id, training in self.trainings().values()}

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
                self.do_chore_plainly()
            busy = [
                address
                for address, (_, training) in self.trainings().items()
                if training.ending is not None or training.steps != 0 or not training.held
            ]
            for address in busy:
                self.train_plainly(address)
            self.now += 90.0
            self.do(self.policy.tick(self.now))
            if not self.chores and not busy and not self.trainings():
                break
        left = {run_id: status for run_id, status in self.statuses.items() if status not in ENDED}
        assert set(left.values()) <= {"paused"}, left

    def do_chore_plainly(self):
        chore = self.chores.pop(0)
        has = self.workers[chore.worker]
        match chore:
            case WarmUp(address):
                has["programs"].add(DEFAULT_PROGRAM)
                has["datasets"].add("mnist-5k")
                self.do(self.policy.warmed_up(address, self.inventory(address)))
            case Prepare(address, config):
                has["programs"].add(config.compile_key)
                self.do(self.policy.prepared(address, self.inventory(address)))
            case Fetch(address, dataset):
                has["datasets"].add(dataset)
                self.do(self.policy.fetched(address, dataset, self.inventory(address)))
            case WarmExaminer(address, config):
                has["examiners"].add(config.compile_key)
                has["examines"] = False
                self.policy.examined(address, self.inventory(address))

    def train_plainly(self, address):
        run_id, training = self.workers[address]["training"]
        if training.ending is None and training.steps == 0:
            training.held = True
            self.do(self.policy.held(run_id, training.attempt, self.now))
            return
        self.workers[address]["training"] = None
        how = {None: "finished", "stop": "stopped", "leave": "left"}[training.ending]
        self.do(self.policy.ended(run_id, training.attempt, how, None))


Everything.TestCase.settings = settings(deadline=None, max_examples=150, stateful_step_count=40)
TestEverything = Everything.TestCase
