"""One image at a time: what the same weights make of an image, depending on whose statistics normalize it."""

from __future__ import annotations

from bn_core.runs.records import NOBODY, RunRecord
from pages import frame
from pages.one_image_page.panel import one_image_panel
from pages.one_image_page.step_choice import askable
from pages.one_image_page.text import TEXT
from pages.parts import passed_over
from pages.parts.onward import onward
from pages.parts.run_choice import choose_run
from pages.session import presenter
from pages.try_next.leading import lead_to_try_next

runs = frame.enter(TEXT)


def shows(run: RunRecord) -> bool:
    """Return whether there is something to show of a run. Of the recorded ones, one with batch norm is the example."""
    example = run.owner != NOBODY or run.config.normalized
    return run.active or (example and bool(runs.snapshot_steps(run.id)))


with frame.title_row(TEXT, gap="medium"):
    run = choose_run(runs, shows)
passed = () if run is None else [passed_over.step(run, askable(runs, run))]
frame.introduce(TEXT, frame.unknown_run(run), passed)
if run is None:
    frame.no_run(TEXT, runs)
    onward("train", TEXT("nothing.train"))
else:
    one_image_panel(runs, run, presenter.scale())
    lead_to_try_next(run)
frame.end(TEXT, "break_it")
