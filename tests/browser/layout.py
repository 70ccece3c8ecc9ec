"""What the layout of a page is judged by: boxes, layout shift, and axe-core's rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.pages_served import rest
from tests.browser.served import ROOT

Screen = tuple[int, int]

# A laptop at 200 % has half its width and height, and two device pixels to each of its own, which changes no box.
WIDE = {"laptop": (1440, 900), "desk": (1920, 1080), "wall": (3840, 2160), "laptop at 200 %": (720, 450)}
NARROW = {"phone": (390, 844), "tablet": (768, 1024)}

BOXES = (Path(__file__).parent / "boxes.js").read_text(encoding="utf-8")

ALLOWED = {".katex .accent": "the hat of a letter in a formula stands on it"}
"""Selectors of what may overlap or be cut, each with the reason."""

MOST_SHIFT = 0.1
"""What the Core Web Vitals call good."""

WATCH = """
window.shifts = []
new PerformanceObserver((list) => {
  for (const { value, startTime, hadRecentInput } of list.getEntries())
    if (!hadRecentInput) window.shifts.push([startTime, value])
}).observe({ type: "layout-shift", buffered: true })
"""
"""Begins to note layout shifts: to be put into the page before it is loaded."""

AXE = ROOT / ".ci" / "javascript" / "node_modules" / "axe-core" / "axe.min.js"

RUN_AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
  const more = { "heading-order": { enabled: true }, "label-content-name-mismatch": { enabled: true } }
  const how = { runOnly: tags, rules: more, elementRef: true, resultTypes: ["violations"] }
  const { violations } = await axe.run(document, how)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ element, target, html, any, all, none }) => {
    const message = [...any, ...all, ...none].map((one) => one.message).join(" ")
    const within = []
    for (let at = element; at; at = at.parentElement) if (at.dataset?.testid) within.push(at.dataset.testid)
    return { rule: id, within: within.join(" "), target: target.flat().join(" "), html: html.slice(0, 200), message }
  }))
}"""

STREAMLITS = {
    ("list", "stSidebarNavItems"): "a group of pages is a <div> in a <ul>",
    ("listitem", "stSidebarNavItems"): "the pages of a group are <li> in that <div>",
}
"""What is Streamlit's own and cannot be mended from here: by rule and the test id of what it is in, with the reason."""


class Visit:
    """What a page is judged by that a browser has come to: to be derived from, beside a fixture `page`.

    Attributes:
        screens: on which its boxes are looked at.
    """

    screens: dict[str, Screen]

    def test_nothing_jumps(self, page) -> None:
        assert worst_window(page.evaluate("window.shifts")) < MOST_SHIFT

    def test_no_box_is_cut_or_on_another(self, page) -> None:
        assert boxes(page, self.screens) == []


def boxes(page, screens: dict[str, Screen]) -> list[str]:
    """Return what overlaps, is cut, or scrolls sideways on each of these screens."""
    found = []
    for name, (width, height) in screens.items():
        page.set_viewport_size({"width": width, "height": height})
        rest(page)
        found += [f"{name}: {problem}" for problem in page.evaluate(BOXES, list(ALLOWED))]
    return found


def worst_window(shifts: list[list[float]]) -> float:
    """Return the cumulative layout shift: the largest sum of shifts less than a second apart within five seconds."""
    worst, total, begin, last = 0.0, 0.0, 0.0, float("-inf")
    for at, value in shifts:
        if at - last >= 1000 or at - begin >= 5000:
            total, begin = 0.0, at
        total, last = total + value, at
        worst = max(worst, total)
    return worst


def violations(page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2, A and AA, in both themes, Streamlit's own left out."""
    if not AXE.exists():
        pytest.fail("axe-core is not there: npm --prefix .ci/javascript ci")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        rest(page)
        found += [f"{scheme}: {violation}" for violation in page.evaluate(RUN_AXE) if _ours(violation)]
    return found


def _ours(violation: dict[str, str]) -> bool:
    within = violation["within"].split()
    return not any(violation["rule"] == rule and place in within for rule, place in STREAMLITS)
