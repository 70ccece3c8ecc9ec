"""Glossary: every term, to be searched, each with an address."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.glossary_page.entries import TEXT
from pages.glossary_page.panel import glossary_panel

frame.begin(TEXT)
st.title(TEXT("title"))
st.markdown(TEXT("intro"))
glossary_panel()
frame.end(TEXT, "notebook")
