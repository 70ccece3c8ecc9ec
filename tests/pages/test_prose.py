"""The prose of the lessons: every text can be had, every term is explained where it is first met."""

from __future__ import annotations

import re
import tomllib

import pytest

from pages.parts.glossary import mark
from pages.words.prose import FOLDER, LANGUAGE, Prose, prose

FILES = sorted((FOLDER / LANGUAGE).glob("*.toml"))
TERM = re.compile(r"\[\[([^\]|]+)")

FORBIDDEN = (
    # What science.md found untrue or not shown: no lesson may say it.
    r"works because it reduces internal covariate shift",
    r"activations? explodes?\b",
    r"removes exploding gradients",
    r"needs? 250 batches before",
    r"bias gradient is exactly (0|zero)",
    r"after ReLU is better",
    r"97\.4 ?%",
)


def texts(table: object) -> list[str]:
    """Every text of a file."""
    if isinstance(table, str):
        return [table]
    if isinstance(table, dict):
        return [text for value in table.values() for text in texts(value)]
    if isinstance(table, list):
        return [text for value in table for text in texts(value)]
    return []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_term_of_a_page_is_in_the_glossary(file) -> None:
    known = prose("glossary").table("terms")
    for text in texts(tomllib.loads(file.read_text(encoding="utf-8"))):
        for term in TERM.findall(text):
            assert term in known, f"{file.stem} uses the term {term!r}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_page_says_what_was_found_untrue(file) -> None:
    for text in texts(tomllib.loads(file.read_text(encoding="utf-8"))):
        for sentence in FORBIDDEN:
            assert not re.search(sentence, text, re.IGNORECASE), text


def test_a_text_takes_its_values() -> None:
    page = Prose("race", {"verdict": "Right for {right} of {of}, {share:.0%}.", "deep": {"down": " here "}})
    assert page("verdict", right=5, of=6, share=5 / 6) == "Right for 5 of 6, 83%."
    assert page("deep.down") == "here"


@pytest.mark.parametrize("key", ["nothing", "deep.nothing", "deep.down.further"])
def test_a_text_that_is_missing_is_named(key: str) -> None:
    page = Prose("race", {"deep": {"down": "here"}})
    assert key not in page
    with pytest.raises(KeyError, match=key):
        page(key)


def test_a_term_is_explained_where_it_is_first_met_and_only_there() -> None:
    met: dict[str, str] = {}
    first = "The [[moving mean]] and two [[moving mean|moving means]]."
    marked = mark(first, met)
    assert marked.count("class='term'") == 1
    assert "started at 0" in marked
    assert mark("Again the [[moving mean]].", met) == "Again the moving mean."
    assert mark(first, met) == marked, "a part that is drawn again keeps its tooltip"


def test_a_part_whose_text_changes_keeps_its_tooltips() -> None:
    met: dict[str, str] = {}
    assert "class='term'" in mark("50 with [[recalibrated]] statistics.", met, "sentence")
    assert "class='term'" in mark("60 with [[recalibrated]] statistics.", met, "sentence")
    assert mark("70 with [[recalibrated]] statistics.", met, "ending") == "70 with recalibrated statistics."


def test_nothing_but_a_term_becomes_markup() -> None:
    marked = mark("<script>alert(1)</script> [[gamma]] and `a < b`", {})
    assert "<script" not in marked
    assert "`a < b`" in marked


def test_a_term_that_the_glossary_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="flux capacitor"):
        mark("The [[flux capacitor]].", {})
