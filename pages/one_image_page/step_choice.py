"""Which step of the run the page shows: the address says so, or it is the latest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from bn_core.protocol import is_scheduled
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.one_image_page.text import TEXT
from pages.session import url_state
from pages.session.session import kept, widget


@dataclass
class MovedSlider:
    """The key of the slider with which somebody chose a step, by run."""

    keys: dict[str, str] = field(default_factory=dict)


def askable(service: RunService, run: RunRecord) -> tuple[int, ...]:
    """The steps that something can be asked of, ascending.

    Where weights were removed to make room, their steps are among them: what was asked of them is still answered.
    """
    kept = service.snapshot_steps(run.id)
    if not run.snapshots_removed:
        return kept
    recorded = {event.step for event in service.history(run.id).evaluations}
    return tuple(sorted({*kept, *(step for step in recorded if is_scheduled(step, run.config.batches))}))


def chosen(steps: Sequence[int]) -> int:
    """The step that the address names, or the latest before it; without one the latest of all."""
    step = url_state.here().step
    return steps[-1] if step is None else max((known for known in steps if known <= step), default=steps[0])


def following() -> bool:
    """Whether the page goes along with the run: nobody chose a step."""
    return url_state.here().step is None


def choose(run: RunRecord, steps: Sequence[int], step: int) -> None:
    """The slider over the steps. Choosing the last one is to follow the run."""
    # A slider that follows the run is replaced where its choices grow, since it has to move; one that somebody moved
    # stays, so that no hand loses it.
    key = f"one-image-step-{run.id}-{len(steps)}"
    if not following():
        key = kept(MovedSlider).keys.setdefault(run.id, key)

    def go() -> None:
        picked = widget(key)
        if picked in steps:
            kept(MovedSlider).keys[run.id] = key
            url_state.go(replace(url_state.here(), step=None if picked == steps[-1] else picked))

    st.select_slider(
        TEXT("step.label"),
        steps,
        value=step,
        format_func=lambda known: f"{known:,}",
        key=key,
        on_change=go,
        width=420,
    )
