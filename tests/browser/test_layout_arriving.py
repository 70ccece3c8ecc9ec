"""How a page arrives: nothing jumps while it is drawn, and nothing is shown that does not belong to it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import served
from tests.browser.pages_served import State, come, states
from tests.browser.served import Server

MOST_SHIFT = 0.1
"""What the Core Web Vitals call good."""

WATCH = """
window.shifts = []
new PerformanceObserver((list) => {
  for (const { value, startTime, hadRecentInput } of list.getEntries())
    if (!hadRecentInput) window.shifts.push([startTime, value])
}).observe({ type: "layout-shift", buffered: true })
"""

SIDE_BAR = """
window.sideBar = []
new MutationObserver(() => {
  const links = document.querySelectorAll('[data-testid="stSidebarNavLink"]')
  for (const link of links) window.sideBar.push(link.textContent)
}).observe(document, { subtree: true, childList: true })
"""


def worst_window(shifts: list[list[float]]) -> float:
    """Return the cumulative layout shift: the largest sum of shifts less than a second apart within five seconds."""
    worst, total, begin, last = 0.0, 0.0, 0.0, float("-inf")
    for at, value in shifts:
        if at - last >= 1000 or at - begin >= 5000:
            total, begin = 0.0, at
        total, last = total + value, at
        worst = max(worst, total)
    return worst


@pytest.mark.fast
def test_what_a_window_is() -> None:
    assert worst_window([]) == 0
    assert worst_window([[0, 0.1], [999, 0.2], [1998, 0.1], [2999, 0.3]]) == pytest.approx(0.4)
    assert worst_window([[900.0 * place, 0.1] for place in range(8)]) == pytest.approx(0.6)


@pytest.mark.layout
@pytest.mark.parametrize("screen", [(1440, 900), (390, 844)], ids=["laptop", "phone"])
@pytest.mark.parametrize("state", [state for state in states() if state.kind == "idle"], ids=str)
def test_nothing_jumps(person, server: Server, state: State, screen: tuple[int, int]) -> None:
    page = person(viewport={"width": screen[0], "height": screen[1]}, reduced_motion="reduce")
    page.add_init_script(WATCH)
    come(page, server, state)
    assert worst_window(page.evaluate("window.shifts")) < MOST_SHIFT


@pytest.mark.layout
def test_the_first_session_of_a_fresh_server_shows_no_files(person, tmp_path) -> None:
    for fresh in served(tmp_path):
        page = person()
        page.add_init_script(SIDE_BAR)
        come(page, fresh, State("layers", "idle"))
        assert page.evaluate("window.sideBar") == []
