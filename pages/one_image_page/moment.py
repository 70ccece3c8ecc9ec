"""Which moment of the run the page shows: the address says so, or it is the latest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from bn_core.protocol import is_scheduled
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.session import url_state
from pages.session.session import widget
from pages.words.prose import prose


def moments(service: RunService, run: RunRecord) -> tuple[int, ...]:
    """The steps that something can be asked of, ascending.

    Where weights were removed to make room, their moments are among them: what was asked of them is still answered.
    """
    kept = service.snapshot_steps(run.id)
    if not run.snapshots_removed:
        return kept
    recorded = {event.step for event in service.history(run.id).evaluations}
    return tuple(sorted({*kept, *(step for step in recorded if is_scheduled(step, run.config.batches))}))


def chosen(steps: Sequence[int]) -> int:
    """The moment that the address names, or the latest before it; without one the latest of all."""
    step = url_state.here().step
    return steps[-1] if step is None else max((known for known in steps if known <= step), default=steps[0])


def following() -> bool:
    """Whether the page goes along with the run: nobody chose a moment."""
    return url_state.here().step is None


def choose(run: RunRecord, steps: Sequence[int], step: int) -> None:
    """The slider over the moments. Choosing the last one is to follow the run."""
    # A control is replaced by a new one where its choices grow: a value sent to it could be lost.
    key = f"one-image-moment-{run.id}-{len(steps)}"

    def go() -> None:
        picked = widget(key)
        if picked in steps:
            url_state.go(replace(url_state.here(), step=None if picked == steps[-1] else picked))

    st.select_slider(
        prose("one-image")("moment.label"),
        steps,
        value=step,
        format_func=lambda known: f"{known:,}",
        key=key,
        on_change=go,
        width=420,
    )
