"""The talk that is given: where it is, what the class says to it, and who may do what."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.runs import classroom
from bn_core.runs.presented import (
    ANSWER,
    GUESSES,
    HIDDEN,
    KEPT_SECONDS,
    NoTalk,
    NotPresenting,
    NotTaken,
    Presentation,
    Presenter,
)
from bn_core.runs.records import UnknownRun, owner_hash
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from tests.presenting.conftest import ANNA, BERT, guess, write

SCENES = ("start", "guess", "train", "end")


@pytest.fixture
def talk(store: Store, teacher: Presenter) -> Presentation:
    return store.begin_talk(teacher, "tiny", SCENES)


def now(store: Store) -> Presentation:
    found = store.presentation()
    assert found is not None
    return found


def test_a_talk_begins_at_its_first_scene_with_its_clock_standing(store: Store, talk: Presentation) -> None:
    assert now(store) == talk
    assert (talk.talk, talk.scenes, talk.scene, talk.number, talk.revealed) == ("tiny", SCENES, "start", 1, HIDDEN)
    assert talk.spent(time.time() + 60) == 0


def test_where_no_talk_is_given_there_is_none(store: Store, teacher: Presenter) -> None:
    assert store.presentation() is None
    for act in (
        lambda: store.turn(teacher, 1),
        lambda: store.reveal(teacher, "start", GUESSES),
        lambda: guess(store, "start", ANNA, 1, choices=3),
        lambda: write(store, "start", ANNA, "hello"),
    ):
        with pytest.raises(NoTalk):
            act()


@given(turns=st.lists(st.integers(-6, 6), max_size=12))
def test_turns_add_up_and_stay_within_the_talk(turns: list[int]) -> None:
    store, teacher = _lone()
    store.begin_talk(teacher, "tiny", SCENES)
    place = 0
    for by in turns:
        place = min(max(place + by, 0), len(SCENES) - 1)
        assert store.turn(teacher, by).scene == SCENES[place]


def _lone() -> tuple[Store, Presenter]:
    store, teacher = Store.empty(), Presenter("x" * 43, "0" * 64)
    # One connection, or each has a database in memory of its own.
    store.add_presenter(teacher, "k" * 64, handed_over=False)
    return store, teacher


def test_what_was_asked_for_in_an_earlier_state_is_not_done(
    store: Store, teacher: Presenter, talk: Presentation
) -> None:
    store.turn(teacher, 1)
    assert store.show(teacher, "start", talk.number).scene == "guess"
    assert store.show(teacher, "end", now(store).number).scene == "end"
    assert store.show(teacher, "nowhere", now(store).number).scene == "end"


def test_every_change_that_a_follower_sees_counts(store: Store, teacher: Presenter, talk: Presentation) -> None:
    numbers = [talk.number]
    for act in (
        lambda: store.turn(teacher, 1),
        lambda: store.reveal(teacher, "guess", GUESSES),
        lambda: store.ask_again(teacher, "guess"),
        lambda: store.put_on_scene(teacher, "guess", "abcdefghij"),
        lambda: store.run_clock(teacher),
        lambda: store.stop_clock(teacher),
    ):
        act()
        numbers.append(now(store).number)
    assert numbers == list(range(talk.number, talk.number + 7))
    store.turn(teacher, 0)
    store.put_on_scene(teacher, "guess", "abcdefghij")
    store.stop_clock(teacher)
    assert now(store).number == numbers[-1], "nothing changed"


def test_the_clock_counts_only_while_it_runs(
    store: Store, teacher: Presenter, talk: Presentation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [time.time()]
    monkeypatch.setattr(time, "time", lambda: at[0])
    for seconds, act in ((100, store.run_clock), (60, store.run_clock), (5, store.stop_clock), (40, store.run_clock)):
        at[0] += seconds
        act(teacher)
    at[0] += 7
    assert now(store).spent(at[0]) == pytest.approx(65 + 7)


def test_a_scene_has_its_run_again_when_the_talk_comes_back(
    store: Store, teacher: Presenter, talk: Presentation
) -> None:
    store.turn(teacher, 2)
    store.put_on_scene(teacher, "train", "abcdefghij")
    assert now(store).run_id == "abcdefghij"
    assert store.turn(teacher, 1).run_id is None
    assert store.turn(teacher, -1).run_id == "abcdefghij"
    store.put_on_scene(teacher, "train", "'; --")
    assert now(store).run_id is None


def test_a_browser_has_one_guess_of_each_question(store: Store, teacher: Presenter, talk: Presentation) -> None:
    for choice in (0, 2, 2):
        guess(store, "start", ANNA, choice, choices=3)
    guess(store, "start", BERT, 1, choices=3)
    assert store.guess_of("start", ANNA) == 2
    assert store.guess_of("start", None) is None
    assert store.guesses("start", teacher).choices == {1: 1, 2: 1}
    assert store.guess_count("start") == store.guesses("start", teacher).count == 2
    store.turn(teacher, 1)
    guess(store, "guess", ANNA, 0.25, choices=0)
    guess(store, "guess", BERT, -3, choices=0)
    assert store.guesses("guess", teacher).numbers == (-3.0, 0.25)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e300, 10**400, "3", None, True, [1], 1j])
def test_a_number_is_a_finite_number(store: Store, talk: Presentation, bad: object) -> None:
    with pytest.raises(NotTaken, match="number"):
        guess(store, "start", ANNA, bad, choices=0)


@pytest.mark.parametrize("bad", [-1, 3, 1.0, "1", None, True, float("nan")])
def test_a_choice_is_one_of_them(store: Store, talk: Presentation, bad: object) -> None:
    with pytest.raises(NotTaken, match="Choose"):
        guess(store, "start", ANNA, bad, choices=3)


def test_guesses_come_in_time(store: Store, teacher: Presenter, talk: Presentation) -> None:
    with pytest.raises(NotTaken, match="another scene"):
        guess(store, "guess", ANNA, 1, choices=3)
    guess(store, "start", ANNA, 0, choices=3)
    store.reveal(teacher, "start", GUESSES)
    with pytest.raises(NotTaken, match="shown already"):
        guess(store, "start", ANNA, 1, choices=3)
    guess(store, "start", BERT, 1, choices=3)
    store.reveal(teacher, "start", ANSWER)
    with pytest.raises(NotTaken, match="shown already"):
        guess(store, "start", "carl" * 8, 1, choices=3)
    assert store.guesses("start").choices == {0: 1, 1: 1}
    store.ask_again(teacher, "start")
    guess(store, "start", ANNA, 1, choices=3)


def test_so_many_guesses_are_taken(store: Store, talk: Presentation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "MAX_GUESSES", 2)
    for browser in (ANNA, BERT, ANNA):
        guess(store, "start", browser, 0, choices=3)
    with pytest.raises(NotTaken, match="no more"):
        guess(store, "start", "carl" * 8, 0, choices=3)


def test_the_class_sees_guesses_once_they_are_revealed(store: Store, teacher: Presenter, talk: Presentation) -> None:
    guess(store, "start", ANNA, 1, choices=3)
    for stranger in (None, Presenter("x" * 43, owner_hash(ANNA) or "")):
        with pytest.raises(NotPresenting):
            store.guesses("start", stranger)
    store.reveal(teacher, "start", GUESSES)
    assert store.guesses("start").choices == {1: 1}


def test_only_the_presenter_reads_what_was_written(store: Store, teacher: Presenter, talk: Presentation) -> None:
    write(store, "start", ANNA, "  **Why** <b>so</b>?\n")
    assert [(remark.scene, remark.text) for remark in store.remarks(teacher)] == [("start", "**Why** <b>so</b>?")]
    with pytest.raises(NotPresenting):
        store.remarks(Presenter("x" * 43, owner_hash(ANNA) or ""))


@pytest.mark.parametrize(("text", "words"), [("", "something first"), ("  \n", "something first"), ("x" * 501, "501")])
def test_a_text_has_up_to_500_characters(store: Store, talk: Presentation, text: str, words: str) -> None:
    with pytest.raises(NotTaken, match=words):
        write(store, "start", ANNA, text)
    write(store, "start", ANNA, f" {'ü' * 500} ")


def test_any_text_can_be_kept(store: Store, teacher: Presenter, talk: Presentation) -> None:
    write(store, "start", ANNA, "\ud800 \x00 \u202e")
    assert len(store.remarks(teacher)) == 1


def test_a_browser_writes_so_much(store: Store, talk: Presentation) -> None:
    for _ in range(classroom.MAX_REMARKS_BY_BROWSER):
        write(store, "start", ANNA, "again")
    with pytest.raises(NotTaken, match="This browser has sent 20"):
        write(store, "start", ANNA, "again")
    write(store, "start", BERT, "me too")


ACTS: list[Callable[[Store, Presenter], object]] = [
    lambda store, who: store.begin_talk(who, "mine", ["one"]),
    lambda store, who: store.turn(who, 1),
    lambda store, who: store.show(who, "end", 1),
    lambda store, who: store.reveal(who, "start", GUESSES),
    lambda store, who: store.ask_again(who, "start"),
    lambda store, who: store.put_on_scene(who, "start", "abcdefghij"),
    lambda store, who: store.run_clock(who),
    lambda store, who: store.stop_clock(who),
    lambda store, who: store.remarks(who),
    lambda store, who: store.end_talk(who),
    lambda store, who: store.put_code(who, "c" * 64, "k" * 64, 60),
    lambda store, who: RunService(store).clear_queue(who),
    lambda store, who: RunService(store).at_work(who),
]


@pytest.mark.parametrize("act", range(len(ACTS)))
def test_a_follower_can_do_nothing_of_it(store: Store, talk: Presentation, teacher: Presenter, act: int) -> None:
    guess(store, "start", BERT, 1, choices=3)
    for stranger in (
        Presenter("x" * 43, owner_hash(ANNA) or ""),
        Presenter(teacher.token, owner_hash(ANNA) or ""),
        Presenter("", ""),
    ):
        with pytest.raises(NotPresenting):
            ACTS[act](store, stranger)
    assert now(store) == talk
    assert store.guess_count("start") == 1


def test_the_presenter_stops_anybodys_run(store: Store, teacher: Presenter) -> None:
    service = RunService(store)
    ids = [store.add_run(TrainingConfig(seed=seed), owner_hash(ANNA) or "") for seed in range(3)]
    assert {run.id for run in service.at_work(teacher)} == set(ids)
    service.stop(ids[0], teacher)
    with pytest.raises(NotPresenting):
        service.stop(ids[1], Presenter("x" * 43, owner_hash(ANNA) or ""))
    assert service.clear_queue(teacher) == 2
    assert [run.status for run in store.runs()] == ["stopped"] * 3
    with pytest.raises(UnknownRun):
        service.stop("nowhere000", teacher)


def test_the_end_deletes_what_the_class_said(store: Store, teacher: Presenter, talk: Presentation) -> None:
    guess(store, "start", ANNA, 1, choices=3)
    write(store, "start", ANNA, "hello")
    store.reveal(teacher, "start", GUESSES)
    store.end_talk(teacher)
    assert store.presentation() is None
    store.begin_talk(teacher, "tiny", SCENES)
    assert store.remarks(teacher) == []
    assert store.guess_count("start") == 0
    assert now(store).revealed == HIDDEN


def test_after_a_day_everything_is_deleted(
    store: Store, teacher: Presenter, talk: Presentation, monkeypatch: pytest.MonkeyPatch
) -> None:
    guess(store, "start", ANNA, 1, choices=3)
    write(store, "start", ANNA, "hello")
    store.drop_old_talk()
    assert now(store) == talk
    monkeypatch.setattr(time, "time", lambda: talk.begun + KEPT_SECONDS + 1)
    assert store.presentation() is None
    store.drop_old_talk()
    with sqlite3.connect(store.path) as connection:
        for table in ("presentation", "presented_scenes", "guesses", "remarks"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_page_that_is_left_open_says_nothing_in_the_next_talk(
    store: Store, teacher: Presenter, talk: Presentation
) -> None:
    store.end_talk(teacher)
    store.begin_talk(teacher, talk.talk, SCENES)
    with pytest.raises(NotTaken, match="This talk has ended"):
        store.guess(talk.id, "start", ANNA, 1, choices=3)
    with pytest.raises(NotTaken, match="This talk has ended"):
        store.write(talk.id, "start", ANNA, "hello")
    assert store.guess_count("start") == 0
    assert store.remarks(teacher) == []


def test_a_restart_loses_nothing(store: Store, teacher: Presenter, talk: Presentation, tmp_path: Path) -> None:
    store.turn(teacher, 1)
    guess(store, "guess", ANNA, 2, choices=3)
    store.run_clock(teacher)
    before = now(store)
    store.close()
    again = Store.open(tmp_path)
    assert again.presentation() == before
    assert again.guess_of("guess", ANNA) == 2
    again.turn(teacher, 1)


def test_the_presenters_runs_come_first(store: Store, teacher: Presenter) -> None:
    others = [store.add_run(TrainingConfig(seed=seed), owner_hash(ANNA) or "") for seed in range(2)]
    own = [store.add_run(TrainingConfig(seed=seed), teacher.browser) for seed in range(2)]
    assert [run.id for run in store.queued()] == [*own, *others]
    store.leave(teacher)
    assert [run.id for run in store.queued()] == [others[0], own[0], others[1], own[1]]
