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
  const { violations } = await axe.run(document, { runOnly: tags, rules: more, resultTypes: ["violations"] })
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, html, any, all, none }) => {
    const message = [...any, ...all, ...none].map((one) => one.message).join(" ")
    return { rule: id, target: target.flat().join(" "), html: html.slice(0, 200), message }
  }))
}"""

STREAMLITS: dict[tuple[str, str], str] = {}
"""What is Streamlit's own and cannot be mended from here: by rule and a part of the element's selector or of its HTML,
with the reason."""


def ours(violation: dict[str, str]) -> bool:
    """Whether a violation is the app's own."""
    where = violation["target"] + violation["html"]
    return not any(violation["rule"] == rule and part in where for rule, part in STREAMLITS)


LAPTOP, PHONE = (1440, 900), (390, 844)


@pytest.mark.parametrize(
    ("state", "screen"),
    [(state, LAPTOP) for state in states()] + [(state, PHONE) for state in states() if state.kind == "idle"],
    ids=str,
)
def test_axe_finds_nothing(person, server: Server, state: State, screen: tuple[int, int]) -> None:
    if not AXE.exists():
        pytest.fail("axe-core is not there: npm --prefix .ci/javascript ci")
    page = person(viewport={"width": screen[0], "height": screen[1]}, reduced_motion="reduce")
    come(page, server, state)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        rest(page)
        found = [violation for violation in page.evaluate(RUN) if ours(violation)]
        assert found == [], scheme
