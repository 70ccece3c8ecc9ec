"""On a page that looks into a run: the way to what can be tried next after it."""

from __future__ import annotations

from bn_core.runs.records import RunRecord
from pages.parts.onward import onward
from pages.try_next.comparison import TEXT


def lead_to_try_next(run: RunRecord) -> None:
    """Put the link on the page, where the run has finished."""
    if run.status == "finished":
        onward("train", TEXT("link"), {"run": run.id})
