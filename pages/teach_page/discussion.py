"""Questions to discuss, each with what the recorded runs say to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from bn_core.exhibits import library
from bn_core.talks.answers import measured
from pages.parts import glossary
from pages.race_page import sentences
from pages.race_page.material import Material, material
from pages.words.prose import filled, prose

TEXT = prose("teach")

FINDINGS: dict[str, Callable[[Material], str]] = {
    "learning": lambda made_of: sentences.of_learning(made_of.seeds),
    "without": lambda made_of: sentences.of_without(made_of.seeds),
    "signal": lambda made_of: sentences.of_signal(made_of.signal),
}
"""What the home page found, by the name that a question gives."""


@dataclass(frozen=True)
class Discussed:
    """A question, and what the recorded runs say; both as Markdown with terms."""

    question: str
    answer: str


def discussed() -> list[Discussed]:
    """Return the questions in order; those that this copy of the app has no runs for are left out."""
    found = [(entry["question"], _answer(entry)) for entry in TEXT.tables("questions")]
    return [Discussed(question, answer) for question, answer in found if answer is not None]


def questions() -> None:
    """Draw the questions, the answers folded away."""
    st.header(TEXT("discussion.heading"), anchor=False)
    st.markdown(TEXT("discussion.intro"))
    for number, each in enumerate(discussed()):
        with st.container(key=f"discussion-{number}", gap="xsmall"):
            glossary.write(f"**{each.question}**")
            with st.expander(TEXT("discussion.show")):
                glossary.write(each.answer)


def _answer(entry: dict[str, str]) -> str | None:
    if "finding" in entry:
        made_of = material(library())
        return None if made_of is None else FINDINGS[entry["finding"]](made_of)
    found = measured(entry["measure"], entry["run"])
    # Runs that were recorded anew may have come to another case, for which the words are not true.
    if found is None or found.case != entry["case"]:
        return None
    return filled(entry["answer"], found.figures)
