"""Everybody can read and use every page: axe-core's rules for WCAG 2.2, A and AA, in both themes."""

from __future__ import annotations

import pytest

from tests.browser.pages_served import State, come, rest, states
from tests.browser.served import ROOT, Server

pytestmark = pytest.mark.layout

AXE = ROOT / ".ci" / "javascript" / "node_modules" / "axe-core" / "axe.min.js"

RUN = """async () => {
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


def ours(violation: dict[str, str]) -> bool:
    """Whether a violation is the app's own."""
    return not any(violation["rule"] == rule and place in violation["within"].split() for rule, place in STREAMLITS)


LAPTOP, PHONE = (1440, 900), (390, 844)


@pytest.mark.parametrize(
    ("state", "screen"),
    [(state, LAPTOP) for state in states()] + [(state, PHONE) for state in states() if state.kind == "idle"],
    ids=str,
)
def test_axe_finds_nothing(tab, server: Server, state: State, screen: tuple[int, int]) -> None:
    if not AXE.exists():
        pytest.fail("axe-core is not there: npm --prefix .ci/javascript ci")
    page = tab(*screen)
    come(page, server, state)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        rest(page)
        found = [violation for violation in page.evaluate(RUN) if ours(violation)]
        assert found == [], scheme
