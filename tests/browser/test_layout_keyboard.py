"""Whoever has no mouse does the main job of every page, and always sees where the focus is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.pages_served import State, come, states
from tests.browser.served import Server, wait_until
from tests.pages.lab import Lab, names

pytestmark = pytest.mark.layout

MOST = 160
"""How many times Tab is pressed on a page at most."""

FOCUS = """() => {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  if (!at || at === document.body) return null
  const { x, y, width, height } = at.getBoundingClientRect()
  const words = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent
  const kind = at.getAttribute("role") ?? at.type ?? at.localName
  // Streamlit's own buttons of a chart appear with the focus, and stay for a moment when it has gone.
  const passing = at.closest('[data-testid="stElementToolbar"]') !== null
  const box = { x, y, width, height }
  return { words: words.trim().slice(0, 60), kind, classes: String(at.className), passing, box }
}"""

BLUR = """() => {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  at?.blur()
  return at === null
}"""


def tab_to(page, wanted: Callable[[dict], bool]) -> dict:
    """Press Tab until the focus is there."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is not None and wanted(focus):
            return focus
    pytest.fail("Tab does not get there")


def named(words: str) -> Callable[[dict], bool]:
    return lambda focus: focus["words"].startswith(words)


def of_kind(kind: str) -> Callable[[dict], bool]:
    return lambda focus: focus["kind"] == kind


def said(page) -> str:
    """Everything that the page says, inside its components too."""
    return page.evaluate(
        """() => {
          const texts = (node) => [...node.childNodes].map(textOf).join("")
          const textOf = (one) =>
            one.nodeType === Node.TEXT_NODE ? one.data : (one.shadowRoot ? texts(one.shadowRoot) : "") + texts(one)
          const values = [...document.querySelectorAll("[aria-valuetext]")].map((one) => one.ariaValueText)
          return texts(document.querySelector('[data-testid="stMain"]')) + values + location.search
        }"""
    )


def changes(page, *keys: str) -> None:
    """Press these keys and wait until the page says something else."""
    before = said(page)
    for key in keys:
        page.keyboard.press(key)
    wait_until(lambda: said(page) != before, 30, f"nothing changes by {keys}")


def play(page) -> None:
    tab_to(page, named("▶"))
    changes(page, "Enter")


def next_step(page) -> None:
    tab_to(page, named("Next"))
    changes(page, "Enter")


def train(page) -> None:
    tab_to(page, named("Train"))
    changes(page, "Enter")


def scrub(page) -> None:
    tab_to(page, of_kind("range"))
    changes(page, "ArrowRight")


def choose_step(page) -> None:
    tab_to(page, of_kind("range"))
    changes(page, "ArrowLeft")


def choose_digit(page) -> None:
    tab_to(page, lambda focus: "cell" in focus["classes"])
    changes(page, "ArrowRight", "Enter")


def choose_mistake(page) -> None:
    tab_to(page, lambda focus: focus["kind"] == "radio" and focus["words"].startswith("Statistics"))
    changes(page, "ArrowDown")


def tick(page) -> None:
    tab_to(page, of_kind("checkbox"))
    changes(page, "Space")


def choose_placement(page) -> None:
    tab_to(page, named("After"))
    changes(page, "Enter")


def onward(page) -> None:
    tab_to(page, named("arrow_forward"))
    changes(page, "Enter")


JOBS = {
    "race": play,
    "one_batch": next_step,
    "layers": scrub,
    "population": choose_step,
    "one_image": choose_digit,
    "break_it": choose_mistake,
    "compare": tick,
}
"""What a page is there for; every other one is read, and then left for the one that follows."""


@pytest.mark.parametrize("name", names())
def test_the_main_job(tab, server: Server, lab: Lab, name: str) -> None:
    page = tab(1440, 900)
    come(page, server, lab, State(name, "idle"))
    JOBS.get(name, onward)(page)


@pytest.mark.parametrize("state", states("idle"), ids=str)
def test_the_focus_can_be_seen(tab, server: Server, lab: Lab, state: State) -> None:
    page = tab(1440, 900)
    come(page, server, lab, state)
    unseen, met = [], set()
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None:
            break
        who = f"{focus['kind']} “{focus['words']}”"
        if who in met or focus["passing"]:
            continue
        met.add(who)
        box = focus["box"]
        clip = {"x": box["x"] - 6, "y": box["y"] - 6, "width": box["width"] + 12, "height": box["height"] + 12}
        inside = clip["x"] >= 0 and clip["y"] >= 0 and clip["y"] + clip["height"] <= 900 and clip["width"] < 1440
        if not inside:
            continue
        focused = page.screenshot(clip=clip, animations="disabled", caret="hide")
        page.evaluate(BLUR)  # Tab goes on from there all the same
        if page.screenshot(clip=clip, animations="disabled", caret="hide") == focused:
            unseen.append(who)
    assert len(met) > 5
    assert unseen == []
