"""What the class said, as a table."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.exports.cell import cell
from bn_core.presenting.export import COLUMNS, Wording, export
from bn_core.runs.presented import NoTalk, NotPresenting, Presenter
from bn_core.runs.records import owner_hash
from bn_core.runs.store import Store
from tests.presenting.conftest import ANNA, BERT, guess, write


def test_guesses_and_texts_are_in_it_and_no_names(store: Store, teacher: Presenter) -> None:
    store.begin_talk(teacher, "tiny", ("one", "two"))
    guess(store, "one", ANNA, 1, choices=2)
    guess(store, "one", BERT, 1, choices=2)
    write(store, "one", ANNA, '=cmd|"x",\nsecond line')
    store.turn(teacher, 1)
    guess(store, "two", ANNA, -0.25, choices=0)
    asked = {"one": Wording("Which?", ("this", "that")), "two": Wording("How many?")}
    text = export(store, teacher, asked)
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        list(COLUMNS),
        ["one", "choice", "Which?", "this", "0"],
        ["one", "choice", "Which?", "that", "2"],
        ["two", "number", "How many?", "-0.25", "1"],
        ["one", "text", "", '\'=cmd|"x",\nsecond line', "1"],
    ]
    for browser in (ANNA, BERT):
        assert browser not in text
        assert owner_hash(browser) not in text


def test_it_is_for_the_presenter(store: Store, teacher: Presenter) -> None:
    with pytest.raises(NoTalk):
        export(store, teacher, {})
    store.begin_talk(teacher, "tiny", ("one",))
    with pytest.raises(NotPresenting):
        export(store, Presenter("x" * 43, owner_hash(ANNA) or ""), {})


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell(text).removeprefix("'") == text.removeprefix("'")
