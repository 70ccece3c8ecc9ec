"""What the address names and the run on the page does not have."""

from __future__ import annotations

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.layers_page import words
from pages.parts import passed_over as passed
from pages.session import url_state


def passed_over(service: RunService, run: RunRecord, other: RunRecord | None) -> tuple[str, ...]:
    """Return one sentence for each step, place and second run that is not there; empty texts for the others."""
    second = url_state.here().settings.get("second")
    return (
        passed.step(run, [probe.step for probe in service.probes(run.id).probes]),
        passed.choice("place", words.places(run.config.placement)),
        passed.TEXT("passed_over.second", run=second) if second is not None and other is None else "",
    )
