"""A run that is damaged on the disk is on no page: the page says so, and its owner can delete it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.session.startup import service
from tests.pages.lab import ME, SOMEBODY, Lab, text_of
from tests.runs.stand_ins import tamper


def words_of(page: AppTest) -> str:
    """What stands on the page, without the signs that keep a text plain."""
    return text_of(page).replace("\\", "")


EVENT = "UPDATE events SET packed = x'00' WHERE run_id = ? AND number = 3"
ROW = "UPDATE runs SET test_accuracy = 0.99 WHERE id = ?"


# An event shows where it is drawn, a run's row everywhere.
@pytest.mark.parametrize(
    ("file", "statement"),
    [("train", EVENT)] + [(file, ROW) for file in ("train", "layers", "population", "one_image", "source", "break_it")],
)
def test_a_page_that_is_asked_for_it_says_so(lab: Lab, file: str, statement: str) -> None:
    run = lab.run(status="finished")
    tamper(lab.store, statement, run)
    page = lab.page(file, run=run)
    assert service().damage(run)
    assert service().damage(run) in words_of(page)
    assert not page.exception


def test_its_owner_finds_it_above_the_shelf_and_can_delete_it(lab: Lab) -> None:
    run = lab.run(status="finished")
    tamper(lab.store, ROW, run)
    page, theirs = lab.page(), lab.page(browser=SOMEBODY)
    assert service().damage(run) in words_of(page)
    assert service().damage(run) not in words_of(theirs)
    page.button(key=f"delete-{run}").click().run()
    assert service().damaged(ME) == []
    assert f"Run {run}" not in text_of(page)
    assert not page.exception
