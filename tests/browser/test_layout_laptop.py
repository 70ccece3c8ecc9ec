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


@pytest.fixture(scope="module")
def page(request, chromium, server: Server, lab: Lab) -> Iterator[Any]:
    yield from visited(chromium, server, lab, request.param, layout.WIDE["laptop"])


@pytest.mark.parametrize("page", states("idle", "recorded", "present", *OF_A_RUN), ids=str, indirect=True)
class TestOnALaptop(layout.Visit):
    screens = layout.WIDE

    def test_axe_finds_nothing(self, page) -> None:
        assert layout.violations(page) == []
