"""About: what this lab is, its version, its licence, its sources, what it keeps, and how to cite it."""

from __future__ import annotations

import streamlit as st

from bn_core.versions import libraries, version
from pages import frame
from pages.session import entrance
from pages.tour import bar
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("about")

frame.begin(TEXT)
entrance.settle_alone()
with frame.title_row(TEXT):
    bar.invite()
frame.introduce(TEXT)
known = version()
st.markdown(f"**{plain(TEXT('version', version=known) if known else TEXT('no-version'))}** {TEXT('licence')}")
for part in ("what", "privacy", "sources", "data"):
    st.header(TEXT(f"{part}.heading"), anchor=False)
    st.markdown(TEXT(f"{part}.text"))
st.header(TEXT("libraries.heading"), anchor=False)
named = ", ".join(f"{name} {number}" for name, number in libraries().items())
st.markdown(plain(TEXT("libraries.text", libraries=named)))
st.header(TEXT("cite.heading"), anchor=False)
st.markdown(TEXT("cite.text"))
st.code(TEXT("cite.entry").replace("VERSION", known or TEXT("cite.unknown")), language="bibtex", wrap_lines=True)
frame.end(TEXT, "race")
