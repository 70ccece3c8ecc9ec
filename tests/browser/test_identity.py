"""Training in a browser that keeps nothing, and in one that does not run the app's components."""

from __future__ import annotations

import re

import pytest

from pages.words.prose import prose
from tests.browser.served import Server
from tests.browser.test_app import READY, SOON, button, says

pytestmark = pytest.mark.browser

REMARKS = prose("train").table("remarks")

NOTHING_IS_KEPT = """
const { getItem, setItem } = Storage.prototype
const refuse = (name) => { if (name === "batch-norm-lab-browser") throw new DOMException("blocked", "SecurityError") }
Storage.prototype.getItem = function (name) { refuse(name); return getItem.call(this, name) }
Storage.prototype.setItem = function (name, value) { refuse(name); setItem.call(this, name, value) }
"""


def test_where_storage_is_blocked_one_can_train_and_is_told_how_long_the_run_is_ones_own(
    person, training_server: Server
) -> None:
    page = person()
    page.add_init_script(NOTHING_IS_KEPT)
    page.goto(f"{training_server.address}/train?dataset=mnist-5k&batches=20")
    page.get_by_text(REMARKS["blocked"]).wait_for(timeout=SOON)
    says(page, "Ready to train", READY)
    button(page, "train").click()
    page.wait_for_url(re.compile(r"[?&]run=[a-z0-9]{10}"), timeout=SOON)
    says(page, "^(Training|Finished)", READY)


def test_who_keeps_an_id_is_told_nothing(person, server: Server) -> None:
    page = person()
    page.goto(f"{server.address}/train")
    button(page, "train").wait_for(timeout=SOON)
    page.wait_for_function("localStorage.getItem('batch-norm-lab-browser') !== null", timeout=SOON)
    assert page.get_by_text(REMARKS["blocked"]).count() == 0
