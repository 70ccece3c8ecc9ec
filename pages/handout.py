"""Handout: two sheets to print, every figure from recorded runs."""

from __future__ import annotations

from pages import frame
from pages.handout_page.sheets import sheets
from pages.session import entrance
from pages.words.prose import prose

TEXT = prose("handout")

frame.begin(TEXT)
entrance.settle_alone()
frame.title(TEXT)
frame.introduce(TEXT)
sheets()
frame.end(TEXT, "teach")
