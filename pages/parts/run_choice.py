"""Which run a page shows, and which one is laid over it: for every page that looks into a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.parts.status_words import label
from pages.session import actions, setting, url_state
from pages.session.identity import browser_id
from pages.words import captions
from pages.words.prose import prose

TEXT = prose("app")

MOST = 50
"""How many runs are offered."""

WIDTH = 380
"""Of the list of runs, in pixels."""


def runs_to_choose(service: RunService) -> list[RunRecord]:
    """Return the runs that can be looked into: this browser's and those that others share, then those that come with
    the app and have their weights."""
    return [*service.listed(browser_id(), MOST), *with_weights(service)]


def with_weights(service: RunService) -> list[RunRecord]:
    """Return the runs that come with the app and that every page can look into: those of the race."""
    return [run for run in service.recorded() if service.snapshot_steps(run.id)]


def first_to_show(service: RunService, shows: Callable[[RunRecord], bool]) -> RunRecord | None:
    """Return this browser's newest run of which the page has something to show, else one that comes with the app.

    Never somebody else's: on a shared server nobody would know whose it is.
    """
    newest = sorted(service.runs(browser_id(), MOST), key=lambda run: run.created, reverse=True)
    # What the app is about first: a network without it is there to be held against.
    come_along = sorted(with_weights(service), key=lambda run: not run.config.normalized)
    return next((run for run in (*newest, *come_along) if shows(run)), None)


def name(run: RunRecord) -> str:
    """Return a run's name in a list of runs: what it is called and what tells it from the others.

    No two that come with the app are called alike and trained alike, so that they need no id.
    """
    words = [label(run), captions.training(run.config)] + ([] if run.owner == NOBODY else [run.id])
    return " · ".join(words)


def choose_run(service: RunService, shows: Callable[[RunRecord], bool]) -> RunRecord | None:
    """Draw the list of runs, where there is any, and return the run that the page shows.

    That is the run that the address names, None if there is no such run. Where it names none, that is the first that
    has something to show, and the address names it from then on: a link to the page leads to the same.

    Args:
        shows: whether the page has anything to show of a run.
    """
    place, offered = url_state.here(), runs_to_choose(service)
    run = first_to_show(service, shows) if place.run is None else service.run(place.run)
    if place.run is None and run is not None and may_be_named():
        url_state.go(replace(place, run=run.id))
    known = {one.id: one for one in offered}
    if run is not None:
        known.setdefault(run.id, run)
    if known:
        at = None if run is None else list(known).index(run.id)
        _list("label", known, "choose", index=at, **to_open(known, run))
    return run


def to_open(offered: dict[str, RunRecord], run: RunRecord | None) -> dict[str, Any]:
    """Return the arguments `key` and `on_change` of a control that opens one of these runs; `run` is open now."""

    def change(picked: str | None) -> None:
        if picked in offered:
            actions.open_run(offered[picked])

    return setting.control("run", None if run is None else run.id, change=change)


def may_be_named() -> bool:
    """Return whether a run that was chosen for the person may be named by the address.

    Not before the browser has said who it is, or its own runs would never be chosen. Not where the person went Back to
    an address without a run: the browser would make a new entry of it, and Back would lead to that for ever.
    """
    return browser_id() is not None and not url_state.by_history()


def choose_other(service: RunService, run: RunRecord) -> RunRecord | None:
    """Draw the list of the other runs, to lay one over this one, and return it; None where none is chosen.

    What the address names is offered whoever's it is: who has a run's id was given it.
    """
    named = service.run(setting.value("second") or "")
    runs = [*runs_to_choose(service), *([] if named is None else [named])]
    offered = {known.id: known for known in runs if known.id != run.id and known.step}
    hint = "lay_over" if offered else "no_second"
    second = setting.value("second", offered)
    at = None if second is None else list(offered).index(second)
    _list("second", offered, hint, index=at, disabled=not offered, **setting.control("second", second, of=run.id))
    return None if second is None else offered[second]


def _list(label: str, offered: dict[str, RunRecord], hint: str, *, index: int | None = None, **more: Any) -> str | None:
    """The list of these runs.

    Args:
        hint: what it says where none is chosen.
        more: what else Streamlit's function is to be given.
    """
    return st.selectbox(
        TEXT(f"run_choice.{label}"),
        list(offered),
        index=index,
        format_func=lambda known: name(offered[known]),
        placeholder=TEXT(f"run_choice.{hint}"),
        label_visibility="collapsed",
        width=WIDTH,
        **more,
    )
