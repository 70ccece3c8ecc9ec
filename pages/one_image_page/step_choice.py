"""Which step of the run the page shows: the address says so, or it is the latest."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bn_core.protocol import is_scheduled
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.one_image_page.text import TEXT
from pages.parts.step_control import step_control
from pages.session import setting, url_state


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

    def go(picked: int) -> None:
        setting.put_step(None if picked == steps[-1] else picked)

    st.select_slider(
        TEXT("step.label"),
        steps,
        value=step,
        format_func=lambda known: f"{known:,}",
        width=420,
        **step_control(run, steps, step, go),
    )
