"""Glossary: every term, to be searched, each with an address."""

from __future__ import annotations

from pages import frame
from pages.glossary_page.entries import TEXT
from pages.glossary_page.panel import glossary_panel
from pages.session import entrance

frame.begin(TEXT)
entrance.settle_alone()
frame.title(TEXT)
frame.introduce(TEXT)
glossary_panel()
frame.end(TEXT, "notebook")
