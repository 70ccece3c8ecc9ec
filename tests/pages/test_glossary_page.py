"""The page "Glossary": every term, found by its names and by what is said of it, each with an address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.glossary_page.entries import TEXT, Entry, entries, found, named
from pages.parts.glossary import mark, slug
from pages.session.settings import LONGEST_TERM
from tests.pages.lab import Lab, text_of

PAGES = Path(__file__).parents[2] / "pages"
TERMS = {entry.term: entry for entry in entries()}


def shown(page: AppTest) -> list[str]:
    """The terms on the page, in their order."""
    return [heading.value for heading in page.header]


class TestEntries:
    def test_each_has_an_address_of_its_own(self) -> None:
        assert len({entry.slug for entry in entries()}) == len(entries()) > 50
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.slug) for entry in entries())

    def test_what_is_said_besides_is_said_of_a_term(self) -> None:
        assert set(TEXT.table("more")) <= set(TEXT.table("terms"))

    def test_where_it_can_be_seen_is_a_page(self) -> None:
        for entry in entries():
            assert all((PAGES / f"{place.page}.py").exists() for place in entry.see), entry.term

    @pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.slug)
    def test_it_is_found_first_by_its_name_and_by_its_address(self, entry: Entry) -> None:
        assert found(entry.term, entries())[0] == found(entry.slug, entries())[0] == entry
        assert found(entry.term.upper(), entries())[0] == entry
        assert named(entry.slug, entries()) == entry

    @pytest.mark.parametrize(
        ("typed", "term"),
        [
            ("running_var", "moving statistics"),
            ("model.eval()", "inference mode"),
            ("precisebn", "recalibrated"),
            ("bessel", "Bessel's correction"),
            ("trainable=False", "frozen"),
            ("epsil", "epsilon"),
        ],
    )
    def test_it_is_found_by_other_names_and_by_a_part(self, typed: str, term: str) -> None:
        assert TERMS[term] in found(typed, entries())[:2]

    @given(st.text(max_size=LONGEST_TERM))
    def test_any_search_has_an_answer(self, typed: str) -> None:
        answer = found(typed, entries())
        assert len(set(answer)) == len(answer) <= len(entries())

    def test_the_two_momenta_are_told_apart(self) -> None:
        assert "1 - " in TERMS["momentum"].formula
        assert {"0.1", "0.99"} <= set(re.findall(r"[\d.]+\d", TERMS["momentum"].elsewhere))


class TestPage:
    def test_all_terms_stand_there(self, lab: Lab) -> None:
        page = lab.page("glossary")
        assert not page.exception
        assert shown(page) == [entry.term for entry in entries()]
        assert TEXT("all", count=len(entries())) in text_of(page)
        assert "[[" not in text_of(page)

    def test_a_term_has_an_address(self, lab: Lab) -> None:
        page = lab.page("glossary", term="moving-statistics")
        assert shown(page)[0] == "moving statistics"
        assert page.text_input[0].value == "moving statistics"
        assert len(shown(page)) < len(entries())

    def test_what_is_typed_is_in_the_address(self, lab: Lab) -> None:
        page = lab.page("glossary")
        page.text_input[0].set_value("running_mean").run()
        assert page.query_params["term"] in ("running_mean", ["running_mean"])
        assert "moving statistics" in shown(page)
        page.text_input[0].set_value("Moving Statistics").run()
        assert page.query_params["term"] in ("moving-statistics", ["moving-statistics"])
        page.text_input[0].set_value("").run()
        assert "term" not in page.query_params
        assert len(shown(page)) == len(entries())

    @pytest.mark.parametrize("typed", ["<b>xyzzy</b>", "xyzzy", "$x$ :smile:" + "q" * 40])
    def test_what_is_not_there_gets_a_sentence(self, lab: Lab, typed: str) -> None:
        page = lab.page("glossary", term=typed)
        assert not page.exception
        assert shown(page) == []
        assert TEXT("none", asked=typed, count=len(entries())) in text_of(page)

    def test_the_box_stays_while_one_types_a_term(self, lab: Lab) -> None:
        page = lab.page("glossary")
        box = page.text_input[0]
        for typed in ("rel", "relu", "relu "):
            page.text_input[0].set_value(typed).run()
            assert page.text_input[0].key == box.key, "another box would not have the cursor"
            assert page.text_input[0].value == typed

    def test_presenting_it_changes_nothing_else_in_the_address(self, lab: Lab) -> None:
        page = lab.page("one_batch", layer="4").switch_page("pages/glossary.py")
        page.query_params.clear()
        page.query_params["term"] = "momentum"
        page.run()
        page.toggle(key="present-False").set_value(True).run()
        assert {name: f"{value}".strip("[']") for name, value in page.query_params.items()} == {
            "term": "momentum",
            "present": "1",
        }

    def test_one_can_go_on_from_there(self, lab: Lab) -> None:
        page = lab.page("glossary", term="momentum").switch_page("pages/population.py")
        page.query_params.clear()  # as the navigation does
        page.run()
        assert not page.exception
        assert not page.warning


def test_a_tooltip_leads_to_its_term() -> None:
    marked = mark("The [[moving mean|moving means]] lag.", {})
    assert f"href='glossary?term={slug('moving mean')}'" in marked
    hidden = re.search(r"<span aria-hidden='true'>(.*?)</span>", marked)
    assert hidden is not None
    assert "<a" not in hidden[1], "what can have the focus is not hidden from anybody"
