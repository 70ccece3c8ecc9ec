"""Every page in every state on wide screens: each is visited once, and then looked at in every way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import layout
from tests.browser.conftest import visited
from tests.browser.pages_served import OF_A_RUN, states
from tests.browser.served import Server
from tests.pages.lab import Lab

pytestmark = pytest.mark.layout

ALL = states("idle", "recorded", "present", *OF_A_RUN)


@pytest.fixture(scope="module")
def page(request, chromium, server: Server, lab: Lab) -> Iterator[Any]:
    yield from visited(chromium, server, lab, request.param, layout.WIDE["laptop"])


@pytest.mark.parametrize("page", ALL, ids=str, indirect=True)
class TestAVisit:
    def test_nothing_jumps(self, page) -> None:
        assert layout.worst_window(page.evaluate("window.shifts")) < layout.MOST_SHIFT

    def test_no_box_is_cut_or_on_another(self, page) -> None:
        assert layout.boxes(page, layout.WIDE) == []

    def test_axe_finds_nothing(self, page) -> None:
        assert layout.violations(page) == []
