"""Every page as a person comes to it on a laptop; on every other screen and state, the tier `layout` looks at them."""

from __future__ import annotations

import pytest

from tests.browser import layout
from tests.browser.conftest import served
from tests.browser.pages_served import State, come, rest, states
from tests.browser.served import Server
from tests.pages.lab import Lab

SIDE_BAR = """
window.sideBar = []
new MutationObserver(() => {
  const links = document.querySelectorAll('[data-testid="stSidebarNavLink"]')
  for (const link of links) window.sideBar.push(link.textContent)
}).observe(document, { subtree: true, childList: true })
"""


@pytest.mark.browser
@pytest.mark.parametrize("state", states("idle"), ids=str)
def test_no_box_is_cut_or_on_another(tab, server: Server, lab: Lab, state: State) -> None:
    page = tab(*layout.WIDE["laptop"])
    come(page, server, lab, state)
    assert layout.boxes(page, {"laptop": layout.WIDE["laptop"]}) == []


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.parametrize("state", states("idle"), ids=str)
def test_axe_finds_nothing(tab, server: Server, lab: Lab, state: State) -> None:
    page = tab(*layout.WIDE["laptop"])
    come(page, server, lab, state)
    assert layout.violations(page) == []


@pytest.mark.layout
def test_the_first_session_of_a_fresh_server_shows_no_files(person, tmp_path) -> None:
    for fresh in served(tmp_path):
        page = person()
        page.add_init_script(SIDE_BAR)
        page.goto(f"{fresh.address}/layers")
        rest(page)
        assert page.evaluate("window.sideBar") == []


def test_what_a_window_of_layout_shift_is() -> None:
    assert layout.worst_window([]) == 0
    assert layout.worst_window([[0, 0.1], [999, 0.2], [1998, 0.1], [2999, 0.3]]) == pytest.approx(0.4)
    assert layout.worst_window([[900.0 * place, 0.1] for place in range(8)]) == pytest.approx(0.6)
