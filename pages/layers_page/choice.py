"""Which run the page shows, and which one is laid over it."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.components import captions, desk
from pages.components.status_words import label

MOST = 50
"""How many runs are offered."""

_OTHER = "layers-other"


def run_to_show(service: RunService, asked: str | None) -> RunRecord | None:
    """The run that was asked for; where none was, the newest with something recorded inside it."""
    if asked is not None:
        return service.run(asked)
    newest = sorted(service.runs(MOST), key=lambda run: run.created, reverse=True)
    return next((run for run in newest if run.active or (run.step and service.probes(run.id).probes)), None)


def name(run: RunRecord) -> str:
    """A run in a list of runs: what it is called and what tells it from the others."""
    return f"{label(run)} · {captions.training(run.config)} · {run.id}"


def choose_run(service: RunService, run: RunRecord | None) -> None:
    """The list of runs; choosing one puts it on the page."""
    offered = {known.id: known for known in service.runs(MOST)}
    if run is not None:
        offered.setdefault(run.id, run)
    key = f"layers-run-{run.id if run else ''}"

    def chosen() -> None:
        picked = st.session_state[key]
        if picked in offered:
            desk.open_run(offered[picked])

    st.selectbox(
        "Run",
        list(offered),
        index=None if run is None else list(offered).index(run.id),
        format_func=lambda known: name(offered[known]),
        key=key,
        on_change=chosen,
        placeholder="Choose a run",
        label_visibility="collapsed",
        width=340,
    )


def choose_other(service: RunService, run: RunRecord) -> RunRecord | None:
    """The run that is laid over this one; None where none is."""
    offered = {known.id: known for known in service.runs(MOST) if known.id != run.id and known.step}
    picked = st.selectbox(
        "Second run",
        list(offered),
        index=None,
        format_func=lambda known: name(offered[known]),
        key=f"{_OTHER}-{run.id}",
        placeholder="Lay a second run over it" if offered else "There is no second run",
        label_visibility="collapsed",
        disabled=not offered,
        width=340,
    )
    return None if picked is None else offered.get(picked)
