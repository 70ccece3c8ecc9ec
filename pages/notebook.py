"""The notebook, then and now: its results, its recipes and its remarks, beside what is measured here."""

from __future__ import annotations

from bn_core.exhibits import library
from pages import frame
from pages.notebook_page import sections
from pages.notebook_page.recipes import recipes
from pages.notebook_page.results import results
from pages.notebook_page.text import TEXT
from pages.session import presenter

runs = frame.enter(TEXT)
recorded = library()
frame.title(TEXT)
frame.introduce(TEXT)
results(runs, recorded)
sections.why()
recipes()
sections.plateau(recorded)
sections.samples(recorded)
sections.more(recorded, presenter.scale())
sections.low_level()
sections.debate(recorded)
frame.end(TEXT, "about")
