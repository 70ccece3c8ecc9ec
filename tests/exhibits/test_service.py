"""Runs that come with the app, as pages reach them: through the service, like any other run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bn_core.exhibits import Library
from bn_core.questions import answers
from bn_core.questions.questions import ScoreOneByOne
from bn_core.runs.records import NOBODY, AnswerBytes, NotPossible, NotYours, Pending, UnknownRun
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from tests.exhibits.made_up import BEFORE, STEPS
from tests.runs.test_service import ACTS, MINE, asked, beat, get


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def with_recorded(store: Store, shelf: Library) -> RunService:
    """A service without an engine, and with recorded runs."""
    return RunService(store, [shelf])


def test_a_recorded_run_is_read_like_any_other(with_recorded: RunService, shelf: Library) -> None:
    runs = with_recorded
    assert [record.id for record in runs.recorded()] == [member.record.id for member in shelf.members()]
    assert runs.run(BEFORE.run_id) == shelf.run(BEFORE.run_id)
    assert runs.history(BEFORE.run_id).last_step == 4
    assert runs.probes(BEFORE.run_id).steps == (0, 2)
    assert np.searchsorted(runs.statistics(BEFORE.run_id).steps, 4, "right") == 4
    assert runs.snapshot_steps(BEFORE.run_id) == STEPS
    assert runs.queue(BEFORE.run_id) is None
    progress = runs.progress(get(runs, BEFORE.run_id))
    assert (progress.fraction, progress.seconds_left) == (4 / 800, None)


def test_recorded_runs_are_not_among_the_stored_ones(with_recorded: RunService) -> None:
    assert with_recorded.listed(MINE) == []
    assert with_recorded.identical(BEFORE.config, MINE) is None


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("owner", [MINE, "", NOBODY, None])
def test_nobody_owns_a_recorded_run(store: Store, with_recorded: RunService, act: str, owner: str) -> None:
    assert not with_recorded.owns(BEFORE.run_id, owner)
    before = get(with_recorded, BEFORE.run_id)
    with pytest.raises(NotYours, match="comes with the app"):
        ACTS[act](with_recorded, BEFORE.run_id, owner)
    assert get(with_recorded, BEFORE.run_id) == before
    assert asked(store) == []


def test_a_recorded_answer_needs_no_engine(with_recorded: RunService) -> None:
    question = ScoreOneByOne(STEPS[0]).to_json()
    answer = with_recorded.ask(BEFORE.run_id, question)
    assert isinstance(answer, AnswerBytes)
    assert isinstance(answers.unpack(answer.packed), answers.OneByOneScored)


def test_an_answer_that_was_not_recorded_needs_the_engine_and_says_so(with_recorded: RunService) -> None:
    with pytest.raises(NotPossible, match=r"^This answer was not recorded\. Only the training engine.*\.$"):
        with_recorded.ask(BEFORE.run_id, ScoreOneByOne(7).to_json())


def test_the_engine_is_asked_what_was_not_recorded(store: Store, with_recorded: RunService) -> None:
    beat(store)
    asked_for = ScoreOneByOne(7).to_json()
    assert isinstance(with_recorded.ask(BEFORE.run_id, asked_for), Pending)
    (question,) = store.take_questions()
    assert (question.run_id, question.question) == (BEFORE.run_id, asked_for)
    assert store.answer_question(question.id, b"the answer")
    assert with_recorded.ask(BEFORE.run_id, asked_for) == AnswerBytes(b"the answer")
    with pytest.raises(UnknownRun):
        with_recorded.ask("zzzzzzzzzz", asked_for)
