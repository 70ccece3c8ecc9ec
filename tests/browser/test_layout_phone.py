"""Every page in every state on narrow screens: each is visited once, and then looked at in every way."""

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
    yield from visited(chromium, server, lab, request.param, layout.NARROW["phone"])


@pytest.mark.parametrize("page", states("idle", "recorded", *OF_A_RUN), ids=str, indirect=True)
class TestOnAPhone(layout.Visit):
    screens = layout.NARROW


@pytest.mark.parametrize("page", states("idle"), ids=str, indirect=True)
def test_axe_finds_nothing(page) -> None:
    """What differs on a phone, navigation and folded controls, does so in every state alike."""
    assert layout.violations(page) == []
