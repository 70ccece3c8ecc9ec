"""Compare: runs laid over each other, and sweeps over seeds, which tell what of a difference is chance."""

from __future__ import annotations

from bn_core.exhibits import library
from pages import frame
from pages.compare_page.panel import runs_panel
from pages.compare_page.text import TEXT
from pages.parts.pick import pick
from pages.session import entrance
from pages.session.startup import service
from pages.sweeps_page.panel import sweeps_panel
from pages.sweeps_page.text import TEXT as SWEEPS

frame.begin(TEXT)
entrance.settle_alone()
runs = service()
with frame.title_row(TEXT, gap="medium"):
    part = pick(TEXT("part.label"), {name: TEXT(f"part.{name}") for name in ("runs", "sweeps")}, "part")
frame.introduce(SWEEPS if part == "sweeps" else TEXT)
if part == "sweeps":
    sweeps_panel(runs)
else:
    runs_panel(runs, library())
frame.end(TEXT, "exercises")
