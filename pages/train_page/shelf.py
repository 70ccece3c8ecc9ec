"""The shelf of runs: everything that was trained here, to open again, and the race's runs, which come with the app."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import streamlit as st

from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.parts.run_choice import with_weights
from pages.parts.status_words import ago, label
from pages.parts.view import is_owner
from pages.session import actions
from pages.session.identity import browser_id
from pages.session.session import kept, widget
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")

SHOWN = 8
MOST = 50


@dataclass
class _Length:
    """How many runs are on the shelf at most, besides the recorded ones."""

    most: int = SHOWN


def shelf(service: RunService, open_id: str | None) -> None:
    """Draw one row a run, the newest first, recorded ones last: open it, and rename or delete one's own.

    Args:
        open_id: the run on the page.
    """
    most = kept(_Length).most
    runs = service.runs(most + 1)
    st.markdown(f"##### {TEXT('shelf.heading')}")
    if not runs:
        st.caption(TEXT("shelf.none"))
    _rows(service, "shelf", runs[:most], open_id)
    if len(runs) > most and most < MOST:
        st.button(TEXT("shelf.more"), type="tertiary", key="shelf_all-button", on_click=_show_more)
    _rows(service, "recorded-shelf", with_weights(service), open_id)


def result(run: RunRecord) -> str:
    """Return what a run came to, in a few words."""
    status = prose("runs")(f"state.{run.status}")
    if run.status == "finished" and run.test_accuracy is not None:
        return TEXT("shelf.score", right=prose("numbers")("tenths", percentage=100 * run.test_accuracy))
    if run.active:
        return status
    return TEXT("shelf.ended", status=status, step=run.step, batches=run.config.batches)


def _rows(service: RunService, key: str, runs: list[RunRecord], open_id: str | None) -> None:
    with st.container(gap=None, key=key):
        for run in runs:
            _row(service, run, is_open=run.id == open_id)


def _details(run: RunRecord, *, mine: bool) -> str:
    """What tells a run from the others of its name."""
    if run.owner == NOBODY:
        return " · ".join([captions.training(run.config), result(run), TEXT("shelf.recorded")])
    details = [captions.variant(run.config)] if run.name else []
    details += [captions.training(run.config), result(run), ago(time.time() - run.created)]
    if mine:
        details.append(TEXT("shelf.yours"))
    return " · ".join(details)


def _row(service: RunService, run: RunRecord, *, is_open: bool) -> None:
    mine = is_owner(run, browser_id())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            plain(label(run)),
            key=f"open-{run.id}",
            type="tertiary",
            icon=prose("runs")(f"icons.{run.status}"),
            on_click=actions.open_run,
            args=(run,),
            disabled=is_open,
            help=TEXT("shelf.is_open" if is_open else "shelf.open"),
        )
        st.caption(plain(_details(run, mine=mine)), width="content")
        if mine:
            with st.popover("", icon=":material/more_horiz:", type="tertiary", key=f"more-{run.id}"):
                st.text_input(
                    TEXT("shelf.name"),
                    run.name or "",
                    max_chars=80,
                    key=f"name-{run.id}",
                    on_change=actions.attempt,
                    args=(lambda browser: service.rename(run.id, browser, widget(f"name-{run.id}")),),
                )
                st.button(
                    TEXT("shelf.delete"),
                    key=f"delete-{run.id}",
                    icon=":material/delete:",
                    on_click=actions.attempt,
                    args=(partial(service.delete, run.id),),
                    disabled=run.active,
                    help=TEXT("shelf.stop_first" if run.active else "shelf.deletes"),
                )


def _show_more() -> None:
    kept(_Length).most = MOST
