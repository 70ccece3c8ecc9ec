"""What asking promises: one question is worked out once, its answer never changes, and nobody can fill the store."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.runs import questions as questions_module
from bn_core.runs.questions import (
    MAX_ANSWER_BYTES,
    MAX_TAKEN,
    NOTED_SECONDS,
    ONE_OFF_BYTES,
    PLACES,
    REFUSED_SECONDS,
    WANTED_SECONDS,
)
from bn_core.runs.records import (
    QUESTION_LIMIT,
    AnswerBytes,
    BadQuestion,
    EngineStatus,
    NotPossible,
    Pending,
    QueueFull,
    RunProblem,
    UnknownRun,
    canonical_question,
)
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.runs.turns import Places

CONFIG = TrainingConfig()
OWNER = "a" * 64
ANN, BEN = "the-browser-of-ann", "the-browser-of-ben"
DIGIT = {"kind": "digit", "pixels": [0] * 784}


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = time.time()

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: clock.now)
        yield clock


@pytest.fixture
def runs(store: Store) -> RunService:
    """A service with an engine that answers."""
    store.set_engine(EngineStatus("ready", workers=2, heartbeat=time.time()))
    return RunService(store)


@pytest.fixture
def run(store: Store) -> str:
    return store.add_run(CONFIG, OWNER)


def put(store: Store, run: str, number: int, size: int = 0) -> int:
    """Puts a question of its own, has it taken, and gives its id."""
    store.ask(run, canonical_question({"number": number, "long": "x" * size}))
    (taken,) = store.take_questions()
    return taken.id


def answered(store: Store, run: str, number: int, size: int = 0) -> AnswerBytes | None:
    """The stored answer; None if there is none (any more)."""
    try:
        found = store.ask(run, canonical_question({"number": number, "long": "x" * size}), closed="closed")
    except NotPossible:
        return None
    return found if isinstance(found, AnswerBytes) else None


# What is a question


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(question=st.dictionaries(st.text(max_size=8), json_values, max_size=5), order=st.randoms())
def test_a_question_is_the_same_in_whatever_order_it_is_written(question: dict[str, Any], order: Any) -> None:
    keys = list(question)
    order.shuffle(keys)
    text = canonical_question(question)
    assert canonical_question({key: question[key] for key in keys}) == text
    assert json.loads(text) == question
    assert text.isascii()


def _nested(depth: int) -> dict[str, Any]:
    question: dict[str, Any] = {}
    for _ in range(depth):
        question = {"in": question}
    return question


@pytest.mark.parametrize(
    "question",
    [
        None,
        [],
        "kind",
        {1: 2},
        {"x": float("nan")},
        {"x": float("inf")},
        {"x": {1, 2}},
        {"x": b"bytes"},
        {"x": {1: 1, "1": 2}},
        {"x": "y" * QUESTION_LIMIT},
        {"x": "\N{SNOWMAN}" * (QUESTION_LIMIT // 6)},
        _nested(100_000),
    ],
    ids=lambda question: f"{type(question).__name__}",
)
def test_what_is_no_question_is_refused_with_a_sentence(
    store: Store, runs: RunService, run: str, question: Any
) -> None:
    with pytest.raises(BadQuestion, match=r"^A question [^\n]*\.$"):
        runs.ask(run, question)
    assert store.take_questions() == []


def test_the_longest_question_is_taken_as_it_is(store: Store, runs: RunService, run: str) -> None:
    question = {"x": "y" * (QUESTION_LIMIT - len('{"x":""}') - 1)}
    runs.ask(run, question)
    assert [taken.question for taken in store.take_questions()] == [question]
    with pytest.raises(BadQuestion, match="8,192"):
        runs.ask(run, {"x": question["x"] + "y"})


# From question to answer


def test_a_question_is_worked_out_once_for_everybody(store: Store, runs: RunService, run: str) -> None:
    other = store.add_run(CONFIG, OWNER)
    assert runs.ask(run, {"kind": "recalibrate", "step": 100}) == Pending(0, pytest.approx(0, abs=60))
    assert isinstance(RunService(store).ask(run, {"step": 100, "kind": "recalibrate"}), Pending)
    (taken,) = store.take_questions()
    assert (taken.run_id, taken.question) == (run, {"kind": "recalibrate", "step": 100})
    assert isinstance(runs.ask(run, taken.question), Pending)
    assert runs.answered(run, taken.question) is None
    assert store.take_questions() == [], "it is being worked out"
    assert store.answer_question(taken.id, b"\x00\xff")
    assert runs.ask(run, taken.question) == AnswerBytes(b"\x00\xff")
    assert RunService(store).ask(run, taken.question) == AnswerBytes(b"\x00\xff")
    assert runs.answered(run, taken.question) == b"\x00\xff"
    assert store.take_questions() == []
    assert isinstance(runs.ask(other, taken.question), Pending), "another run has another answer"
    assert isinstance(runs.ask(run, {"kind": "recalibrate", "step": 150}), Pending)


def test_questions_are_taken_in_the_order_in_which_they_were_put(store: Store, runs: RunService, run: str) -> None:
    pending = [runs.ask(run, {"number": number}) for number in range(5)]
    assert [found.ahead for found in pending if isinstance(found, Pending)] == [0, 1, 2, 3, 4]
    assert store.take_questions(0) == []
    assert [taken.question["number"] for taken in store.take_questions(2)] == [0, 1]
    found = runs.ask(run, {"number": 4})
    assert isinstance(found, Pending)
    assert found.ahead == 4, "what is being worked out is in front, too"
    assert [taken.question["number"] for taken in store.take_questions()] == [2, 3, 4]


def test_two_takers_never_take_the_same_question(store: Store, run: str) -> None:
    takers = [Store.open(store.path.parent) for _ in range(3)]
    taken: list[list[int]] = [[] for _ in takers]
    done = threading.Event()

    def take(number: int) -> None:
        while not done.is_set():
            taken[number] += [question.id for question in takers[number].take_questions(2)]

    threads = [threading.Thread(target=take, args=(number,)) for number in range(len(takers))]
    for thread in threads:
        thread.start()
    for number in range(PLACES.of_browser):
        store.ask(run, canonical_question({"number": number}))
    for _ in range(500):
        if sum(map(len, taken)) >= PLACES.of_browser:
            break
        time.sleep(0.02)
    done.set()
    for thread in threads:
        thread.join()
    assert sorted(number for numbers in taken for number in numbers) == list(range(1, PLACES.of_browser + 1))


def test_the_first_answer_stays(store: Store, run: str) -> None:
    question = put(store, run, 1)
    assert store.answer_question(question, b"first")
    assert not store.answer_question(question, b"second")
    assert not store.refuse_question(question, "No.")
    store.put_back_question(question)
    assert store.put_back_questions() == 0
    assert answered(store, run, 1) == AnswerBytes(b"first")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE questions SET answer = x'00'",
        "UPDATE questions SET answer = NULL, state = 'waiting'",
        "UPDATE questions SET question = '{}'",
        "UPDATE questions SET run_id = 'zzzzzzzzzz'",
    ],
)
def test_the_database_itself_refuses_to_change_an_answer(store: Store, run: str, statement: str) -> None:
    store.answer_question(put(store, run, 1), b"first")
    connection = sqlite3.connect(store.path, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert answered(store, run, 1) == AnswerBytes(b"first")


def test_an_answer_can_be_waited_for(store: Store, runs: RunService, run: str) -> None:
    started = threading.Event()

    def engine() -> None:
        started.set()
        while not (taken := store.take_questions()):
            time.sleep(0.005)
        store.answer_question(taken[0].id, b"42")

    thread = threading.Thread(target=engine)
    thread.start()
    started.wait()
    assert runs.ask(run, {"kind": "x"}, wait=60) == AnswerBytes(b"42")
    thread.join()


def test_who_waits_in_vain_is_told_that_it_is_pending(runs: RunService, run: str) -> None:
    asked = time.monotonic()
    found = runs.ask(run, {"kind": "x"}, wait=0.1)
    assert isinstance(found, Pending)
    # By the clock that the waiting goes by: the question is put a little after the waiting begins.
    assert time.monotonic() - asked >= 0.1
    assert found.seconds > 0


def test_questions_about_no_run_are_refused(runs: RunService) -> None:
    for unknown in ("zzzzzzzzzz", "", "' OR 1=1 --", "\ud800", None):
        with pytest.raises(UnknownRun):
            runs.ask(unknown, {"kind": "x"})  # type: ignore[arg-type]


def test_questions_and_answers_go_with_their_run(store: Store, run: str) -> None:
    question, late = put(store, run, 1), put(store, run, 2)
    store.answer_question(question, b"42")
    store.set_status(run, "stopped")
    store.delete(run)
    assert not store.answer_question(late, b"too late")
    assert not store.refuse_question(late, "Too late.")
    store.put_back_question(late)
    with pytest.raises(UnknownRun):
        store.ask(run, "{}")


# An engine that does not answer


@pytest.mark.parametrize("state", ["off", "unavailable"])
def test_without_an_engine_only_what_is_known_is_answered(store: Store, run: str, state: Any) -> None:
    store.answer_question(put(store, run, 1), b"42")
    store.set_engine(EngineStatus(state, "No TensorFlow here.", heartbeat=time.time()))
    runs = RunService(store)
    assert runs.ask(run, {"number": 1, "long": ""}) == AnswerBytes(b"42")
    with pytest.raises(NotPossible, match=r"^Only the training engine can work this out\. .*\.$"):
        runs.ask(run, {"number": 2})
    assert store.take_questions() == []


def test_an_engine_that_starts_will_answer(store: Store, run: str) -> None:
    store.set_engine(EngineStatus("starting", heartbeat=time.time()))
    assert isinstance(RunService(store).ask(run, {"number": 2}), Pending)


def test_a_refusal_is_told_to_all_who_ask_and_holds_for_a_while(
    store: Store, runs: RunService, run: str, clock: Clock
) -> None:
    question = put(store, run, 1)
    assert store.refuse_question(question, "No weights are kept of step 3.")
    for service in (runs, RunService(store)):
        with pytest.raises(RunProblem, match="No weights are kept of step 3"):
            service.ask(run, {"number": 1, "long": ""})
    assert store.take_questions() == []
    clock.pass_(REFUSED_SECONDS + 1)
    store.set_engine(EngineStatus("ready", heartbeat=clock.now))
    assert isinstance(runs.ask(run, {"number": 1, "long": ""}), Pending)
    (again,) = store.take_questions()
    assert store.answer_question(again.id, b"42")
    assert runs.ask(run, again.question) == AnswerBytes(b"42")


def test_refusals_do_not_pile_up(store: Store, run: str, clock: Clock) -> None:
    for number in range(10):
        store.refuse_question(put(store, run, number), "No.")
        clock.pass_(REFUSED_SECONDS + 1)
    connection = sqlite3.connect(store.path)
    assert connection.execute("SELECT count(*) FROM questions").fetchone() == (1,)
    connection.close()


def test_what_a_dead_host_had_taken_is_taken_again(store: Store, run: str) -> None:
    done, first, second = (put(store, run, number) for number in range(3))
    store.answer_question(done, b"42")
    assert Store.open(store.path.parent).put_back_questions() == 2
    assert [taken.id for taken in store.take_questions()] == [first, second]
    store.put_back_question(second)
    assert [taken.id for taken in store.take_questions()] == [second]
    assert store.answer_question(first, b"late, but right"), "a host that was thought dead may still answer"


def test_a_question_that_its_worker_never_survives_is_given_up(
    store: Store, runs: RunService, run: str, clock: Clock
) -> None:
    question = put(store, run, 1)
    for _ in range(MAX_TAKEN - 1):
        store.put_back_question(question)
        assert [taken.id for taken in store.take_questions()] == [question]
    store.put_back_question(question)
    assert store.take_questions() == []
    with pytest.raises(NotPossible, match="interrupted each time"):
        runs.ask(run, {"number": 1, "long": ""})


def test_a_question_that_nobody_asks_any_more_is_dropped(store: Store, run: str, clock: Clock) -> None:
    wanted, left = canonical_question({"number": 1}), canonical_question({"number": 2})
    for question in (wanted, left):
        store.ask(run, question)
    for _ in range(10):
        clock.pass_(WANTED_SECONDS / 8)
        store.ask(run, wanted)
    assert [taken.question["number"] for taken in store.take_questions()] == [1]
    assert store.ask(run, left) == Pending(1, 0.0), "whoever asks again is a new asker"


def test_asking_again_writes_next_to_nothing(store: Store, run: str, clock: Clock) -> None:
    connection = sqlite3.connect(store.path)

    def version() -> int:
        return int(connection.execute("PRAGMA data_version").fetchone()[0])

    store.ask(run, "{}")
    before = version()
    for _ in range(20):
        clock.pass_(NOTED_SECONDS / 25)
        store.ask(run, "{}")
    assert version() == before
    clock.pass_(NOTED_SECONDS)
    store.ask(run, "{}")
    assert version() != before
    connection.close()


# Turns


def numbers(store: Store, most: int) -> list[int]:
    return [question.question["number"] for question in store.take_questions(most)]


def test_questions_are_taken_in_turns_by_address_and_by_browser(store: Store, run: str) -> None:
    asked = [("ann", "192.0.2.1")] * 4 + [("ben", "192.0.2.1")] * 2 + [("cleo", "192.0.2.2")] * 2
    for number, (browser, address) in enumerate(asked):
        store.ask(run, canonical_question({"number": number}), browser, address)
    taken = [numbers(store, 1) for _ in range(3)]
    assert taken == [[0], [6], [4]]
    assert sorted(numbers(store, 3)) == [1, 5, 7]


# Bounds


def test_open_questions_are_bounded_for_a_browser_and_for_all(
    store: Store, runs: RunService, run: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions_module, "PLACES", Places(all=8, of_browser=3, parts=1))
    store.set_engine(EngineStatus("ready", heartbeat=clock.now))
    for number in range(2):
        runs.ask(run, {"number": number}, ANN)
    with pytest.raises(QueueFull, match="Of your questions 2 wait"):
        runs.ask(run, {"number": 3}, ANN)
    store.take_questions(1)
    with pytest.raises(QueueFull, match="Of your questions 2 wait"):
        runs.ask(run, {"number": 3}, ANN)
    runs.ask(run, {"number": 4}, BEN)
    runs.ask(run, {"number": 5})
    with pytest.raises(QueueFull, match="4 questions wait"):
        runs.ask(run, {"number": 6}, BEN)
    assert isinstance(runs.ask(run, {"number": 6}, BEN, "192.0.2.1"), Pending), "there is room behind another address"
    assert isinstance(runs.ask(run, {"number": 1}), Pending), "what is asked already may be asked again"
    clock.pass_(WANTED_SECONDS + 1)
    store.set_engine(EngineStatus("ready", heartbeat=clock.now))
    assert isinstance(runs.ask(run, {"number": 3}), Pending), "those who asked have gone"


def test_an_answer_has_a_largest_size(store: Store, run: str) -> None:
    question = put(store, run, 1)
    with pytest.raises(ValueError, match="1,000,000"):
        store.answer_question(question, bytes(MAX_ANSWER_BYTES + 1))
    assert store.answer_question(question, bytes(MAX_ANSWER_BYTES))


def test_a_drawing_is_a_one_off() -> None:
    assert len(canonical_question(DIGIT)) > ONE_OFF_BYTES
    assert len(canonical_question({"kind": "company", "step": 800, "images": list(range(10_000, 10_064))})) < 512


def test_of_one_offs_only_those_asked_last_are_kept(
    store: Store, run: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions_module, "ONE_OFFS_KEPT", 3)
    other = store.add_run(CONFIG, OWNER)
    store.answer_question(put(store, run, 0), b"small")
    for number in range(3):
        clock.pass_(NOTED_SECONDS)
        store.answer_question(put(store, run, number, ONE_OFF_BYTES), b"%d" % number)
    clock.pass_(NOTED_SECONDS)
    assert answered(store, run, 0, ONE_OFF_BYTES) == AnswerBytes(b"0")
    store.answer_question(put(store, other, 3, ONE_OFF_BYTES), b"3")
    kept = [answered(store, run, number, ONE_OFF_BYTES) for number in range(3)]
    assert kept == [AnswerBytes(b"0"), None, AnswerBytes(b"2")], "the one asked longest ago goes"
    assert answered(store, other, 3, ONE_OFF_BYTES) == AnswerBytes(b"3")
    assert answered(store, run, 0) == AnswerBytes(b"small"), "one-offs displace no other"


def test_a_run_keeps_the_answers_asked_last(
    store: Store, run: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions_module, "ANSWERS_KEPT", 3)
    other = store.add_run(CONFIG, OWNER)
    store.answer_question(put(store, other, 0), b"of another run")
    for number in range(5):
        clock.pass_(NOTED_SECONDS)
        store.answer_question(put(store, run, number), b"%d" % number)
    assert [answered(store, run, number) for number in range(5)] == [
        None,
        None,
        *(AnswerBytes(b"%d" % n) for n in (2, 3, 4)),
    ]
    assert answered(store, other, 0) == AnswerBytes(b"of another run")


def test_a_thousand_drawings_take_no_room(store: Store, run: str) -> None:
    before = store.size()
    for number in range(1000):
        store.ask(run, canonical_question(DIGIT | {"number": number}))
        (taken,) = store.take_questions()
        store.answer_question(taken.id, bytes(2000))
    assert store.size() - before < 2_000_000
