"""The shelf of runs: everything that was trained here, to open again, and the race's runs, which come with the app."""

from __future__ import annotations

import time

import streamlit as st

from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.parts.view import is_owner
from pages.session import desk
from pages.train_page.recorded_runs import with_weights
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import prose
from pages.words.status_words import ago, label

TEXT = prose("train")

SHOWN = 8
MOST = 50

_ALL = "shelf_all"
_ICONS = {
    "queued": "schedule",
    "compiling": "hourglass_top",
    "running": "play_circle",
    "paused": "pause_circle",
    "finished": "check_circle",
    "failed": "error",
    "stopped": "stop_circle",
    "interrupted": "power_off",
}


def shelf(service: RunService, browser: str | None, open_id: str | None) -> None:
    """One row a run, the newest first, recorded ones last: open it, and rename or delete one's own.

    Args:
        open_id: the run on the page.
    """
    everything = st.session_state.get(_ALL, False)
    runs = service.runs(MOST if everything else SHOWN + 1)
    st.markdown(f"##### {TEXT('shelf.heading')}")
    if not runs:
        st.caption(TEXT("shelf.none"))
    _rows(service, "shelf", runs if everything else runs[:SHOWN], browser, open_id)
    if len(runs) > SHOWN and not everything:
        st.button("Show more runs", type="tertiary", key=_ALL + "-button", on_click=_show_all)
    _rows(service, "recorded-shelf", with_weights(service), browser, open_id)


def result(run: RunRecord) -> str:
    """What a run came to, in a few words."""
    if run.status == "finished" and run.test_accuracy is not None:
        return TEXT("shelf.score", right=f"{100 * run.test_accuracy:.1f} %")
    if run.active:
        return run.status
    return TEXT("shelf.ended", status=run.status, step=run.step, batches=run.config.batches)


def _rows(service: RunService, key: str, runs: list[RunRecord], browser: str | None, open_id: str | None) -> None:
    with st.container(gap=None, key=key):
        for run in runs:
            _row(service, run, browser, is_open=run.id == open_id)


def _details(run: RunRecord, *, mine: bool) -> str:
    """What tells a run from the others of its name."""
    if run.owner == NOBODY:
        return " · ".join([captions.training(run.config), result(run), TEXT("shelf.recorded")])
    details = [captions.variant(run.config)] if run.name else []
    details += [captions.training(run.config), result(run), ago(time.time() - run.created)]
    if mine:
        details.append(TEXT("shelf.yours"))
    return " · ".join(details)


def _row(service: RunService, run: RunRecord, browser: str | None, *, is_open: bool) -> None:
    mine = is_owner(run, browser)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            plain(label(run)),
            key=f"open-{run.id}",
            type="tertiary",
            icon=f":material/{_ICONS[run.status]}:",
            on_click=desk.open_run,
            args=(run,),
            disabled=is_open,
            help=TEXT("shelf.is_open" if is_open else "shelf.open"),
        )
        st.caption(plain(_details(run, mine=mine)), width="content")
        if mine:
            with st.popover("", icon=":material/more_horiz:", type="tertiary", key=f"more-{run.id}"):
                st.text_input(
                    "Name",
                    run.name or "",
                    max_chars=80,
                    key=f"name-{run.id}",
                    on_change=_rename,
                    args=(service, run.id),
                )
                st.button(
                    "Delete this run",
                    key=f"delete-{run.id}",
                    icon=":material/delete:",
                    on_click=_delete,
                    args=(service, run.id),
                    disabled=run.active,
                    help=TEXT("shelf.stop_first" if run.active else "shelf.deletes"),
                )


def _show_all() -> None:
    st.session_state[_ALL] = True


def _rename(service: RunService, run_id: str) -> None:
    desk.attempt(lambda browser: service.rename(run_id, browser, st.session_state[f"name-{run_id}"]))


def _delete(service: RunService, run_id: str) -> None:
    desk.attempt(lambda browser: service.delete(run_id, browser))
