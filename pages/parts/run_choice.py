"""Which run a page shows, and which one is laid over it: for every page that looks into a run."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.session import desk
from pages.words import captions
from pages.words.status_words import label

MOST = 50
"""How many runs are offered."""

WIDTH = 380
"""Of the list of runs, in pixels."""


def runs_to_choose(service: RunService) -> list[RunRecord]:
    """The runs that can be looked into: those of this lab, then those that come with the app and have their weights."""
    return [*service.runs(MOST), *(run for run in service.recorded() if service.snapshot_steps(run.id))]


def run_to_show(service: RunService, asked: str | None, shows: Callable[[RunRecord], bool]) -> RunRecord | None:
    """The run that was asked for; where none was, the newest of which the page has something to show.

    Any run of this lab comes before those that come with the app.

    Args:
        asked: the id in the address, as given: it may be no run's.
        shows: whether the page has anything to show of a run that has begun.
    """
    if asked is not None:
        return service.run(asked)
    offered = runs_to_choose(service)
    newest = sorted((run for run in offered if run.owner != NOBODY), key=lambda run: run.created, reverse=True)
    return next((run for run in (*newest, *(run for run in offered if run.owner == NOBODY)) if shows(run)), None)


def name(run: RunRecord) -> str:
    """A run in a list of runs: what it is called and what tells it from the others.

    No two that come with the app are called alike and trained alike, so that they need no id.
    """
    words = [label(run), captions.training(run.config)] + ([] if run.owner == NOBODY else [run.id])
    return " · ".join(words)


def choose_run(service: RunService, run: RunRecord | None) -> None:
    """The list of runs; choosing one puts it on the page.

    Args:
        run: the one on the page; None where there is none.
    """
    offered = {known.id: known for known in runs_to_choose(service)}
    if run is not None:
        offered.setdefault(run.id, run)
    key = f"run-{run.id if run else ''}"

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
        width=WIDTH,
    )


def choose_other(service: RunService, run: RunRecord) -> RunRecord | None:
    """The list of the other runs, to lay one over this one; None where none is chosen."""
    offered = {known.id: known for known in runs_to_choose(service) if known.id != run.id and known.step}
    picked = st.selectbox(
        "Second run",
        list(offered),
        index=None,
        format_func=lambda known: name(offered[known]),
        key=f"second-run-{run.id}",
        placeholder="Lay a second run over it" if offered else "There is no second run",
        label_visibility="collapsed",
        disabled=not offered,
        width=WIDTH,
    )
    return None if picked is None else offered.get(picked)
