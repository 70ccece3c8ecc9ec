"""The box to search in, and the terms that it finds."""

from __future__ import annotations

import streamlit as st

from pages.glossary_page.asked import SETTING, asked
from pages.glossary_page.entries import TEXT, Entry, entries, found
from pages.parts import glossary
from pages.parts.onward import onward
from pages.session.alone import drawn_alone
from pages.words.plain_text import plain

WIDTH = 900
"""Of the terms, in pixels, where there is room: a line that can be read."""


@drawn_alone
def glossary_panel() -> None:
    """Draw them; what is typed changes nothing but this part of the page."""
    known, wanted = entries(), asked()
    shown = found(wanted, known)
    st.caption(_counted(wanted, len(shown), len(known)))
    with st.container(key="glossary", gap="medium", width=WIDTH):
        for entry in shown:
            _draw(entry)


def _counted(wanted: str, shown: int, known: int) -> str:
    if not wanted:
        return TEXT("all", count=known)
    if not shown:
        return TEXT("none", asked=plain(wanted), count=known)
    return TEXT("one" if shown == 1 else "found", found=shown, count=known)


def _draw(entry: Entry) -> None:
    with st.container(border=True, key=f"glossary-{entry.slug}", gap="small"):
        st.header(entry.term, anchor=False)
        st.markdown(entry.meaning)
        if entry.formula:
            st.markdown(f"$\\displaystyle {entry.formula}$")
        if entry.text:
            glossary.write(entry.text)
        if entry.elsewhere:
            glossary.write(TEXT("elsewhere", words=entry.elsewhere))
        if entry.also:
            st.caption(plain(TEXT("also", names=", ".join(entry.also))))
        with st.container(horizontal=True, gap="medium"):
            for place in entry.see:
                onward(place.page, TEXT("see", label=place.label))
            onward("glossary", TEXT("link"), {SETTING: entry.slug}, icon="link")
