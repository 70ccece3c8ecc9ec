"""A component's talk with the server, message by message: nothing that a person just did is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.served import ROOT

pytestmark = pytest.mark.browser

# The person chooses, the address changes (Back), the server hears all that was said and answers, an answer arrives.
TALK = """([source, begin, deeds]) => import(source).then(({ Saying }) => {
  const saying = new Saying(begin)
  let shown = begin, server = begin, heard = 0
  const said = [], answers = [], taken = []
  const hear = () => {
    for (const { value, turn } of said.splice(0)) { server = value; heard = turn }
    answers.push([server, heard])
  }
  const arrive = () => {
    if (answers.length === 0) return
    const [value, turn] = answers.shift()
    const before = shown
    if (saying.isNews(value, turn)) shown = value
    if (shown !== before) taken.push(shown)
  }
  for (const [deed, value] of deeds) {
    if (deed === "choose") { shown = value; saying.say(value, (one) => said.push(one)) }
    if (deed === "hear") hear()
    if (deed === "arrive") arrive()
    if (deed === "address") { hear(); server = value; hear() }
  }
  hear()
  while (answers.length > 0) arrive()
  return { shown, server, taken }
})"""

values = st.integers(0, 2)
own = st.one_of(
    st.tuples(st.just("choose"), values), st.just(("hear", 0)), st.just(("hear", 0)), st.just(("arrive", 0))
)


@pytest.fixture(scope="module")
def talk(chromium) -> Iterator[Callable[..., Any]]:
    page = chromium.new_page()
    text = (ROOT / "pages" / "browser" / "saying.js").read_text(encoding="utf-8")
    source = page.evaluate("text => 'data:text/javascript;charset=utf-8,' + encodeURIComponent(text)", text)
    yield lambda *deeds: page.evaluate(TALK, [source, 0, [list(deed) for deed in deeds]])
    page.close()


@settings(max_examples=200, deadline=None)
@given(st.lists(own, max_size=12))
def test_what_a_person_does_is_never_taken_back(talk, deeds) -> None:
    end = talk(*deeds)
    assert end["taken"] == []
    assert end["shown"] == end["server"]


def test_an_answer_to_the_choice_before_does_not_undo_the_next(talk) -> None:
    end = talk(("choose", 1), ("hear", 0), ("choose", 2), ("arrive", 0))
    assert end == {"shown": 2, "server": 2, "taken": []}


@settings(max_examples=200, deadline=None)
@given(st.lists(own, max_size=8), values)
def test_the_address_is_followed_when_all_is_heard(talk, deeds, value) -> None:
    everything = [("hear", 0), *[("arrive", 0)] * 12]
    end = talk(*deeds, *everything, ("address", value))
    assert end["shown"] == end["server"] == value
