"""The buttons that start and steer a run, with their keys, and the line that says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Failed
from pages.parts.progress_line import progress_line
from pages.parts.status_words import label, title, whose
from pages.parts.view import View
from pages.session import actions
from pages.words.captions import failure, training, variant
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")


def run_bar(service: RunService, view: View, failed: Failed | None, known: RunRecord | None, trouble: str) -> None:
    """Draw always the same elements in the same order; what cannot be done now is disabled.

    Args:
        failed: what the run says of its failure, where it failed.
        known: a run of exactly what the controls say that there is already: it is offered, and Train still trains.
        trouble: one sentence on what is wrong with the store; an empty text where nothing is.
    """
    run = view.run
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-bar"):
        st.button(
            TEXT("bar.train"),
            key="train",
            type="primary",
            shortcut="T",
            on_click=partial(_and_all_again, partial(actions.train, service)),
            disabled=view.engine.state == "unavailable",
        )
        _steering(service, view)
    progress_line(view, title(view))
    with st.container(key="run-remarks", gap="xsmall"):
        _remarks(service, view, failed, trouble)
        if known is not None and (run is None or known.id != run.id):
            _offer(known)


def _steering(service: RunService, view: View) -> None:
    """Pause or Resume, Step and Stop, for whoever started the run."""
    run, mine = view.run, view.mine
    run_id, status = ("", "") if run is None else (run.id, run.status)
    resumes = run is not None and (status == "paused" or run.resumable)
    buttons: tuple[tuple[actions.Steering, str, bool], ...] = (
        ("pause", "P", resumes or status in ("compiling", "running")),
        ("step", "N", status in ("paused", "running")),
        ("stop", "S", run is not None and run.active),
    )
    for key, shortcut, able in buttons:
        action: actions.Steering = "resume" if resumes and key == "pause" else key
        act = partial(actions.act, service, action, run_id)
        st.button(
            TEXT(f"bar.{action}"),
            key=key,
            shortcut=shortcut,
            on_click=partial(_and_all_again, act) if action == "resume" else act,
            disabled=not (mine and able),
            help=TEXT(f"help.{key}"),
        )


def _offer(known: RunRecord) -> None:
    what = plain(f"{variant(known.config)}, {training(known.config)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(TEXT("known.active" if known.active else "known.ended", run=what), width="content")
        st.button(
            TEXT("known.watch" if known.active else "known.open"),
            key="open-known",
            type="tertiary",
            on_click=partial(_and_all_again, partial(actions.open_run, known)),
        )


def _ways_out(service: RunService) -> None:
    """What can be done where the browser does not say who it is."""
    with st.container(horizontal=True, gap="small"):
        alone = partial(_and_all_again, partial(actions.train_for_this_tab, service))
        st.button(TEXT("remarks.for_this_tab"), key="train-alone", on_click=alone)
        if st.context.url:
            st.link_button(TEXT("remarks.own_window"), st.context.url, icon=":material/open_in_new:")


def _remarks(service: RunService, view: View, failed: Failed | None, trouble: str) -> None:
    said = (trouble, actions.notice(), "")
    for sentence in filter(None, said):
        st.warning(plain(sentence))
    if actions.silent():
        _ways_out(service)
    if view.engine.message not in said and view.engine.state in ("ready", "unavailable"):
        message = plain(view.engine.message)
        st.warning(message if view.engine.state == "ready" else TEXT("remarks.engine", message=message))
    run = view.run
    if run is None:
        return
    if run.status == "failed":
        _failure(run, failed)
    if run.status == "interrupted" and run.message:
        st.info(plain(run.message))
    if run.status == "stopped":
        st.caption(TEXT("remarks.stopped", step=run.step, batches=run.config.batches))
    if remark := whose(view, label(run)):
        st.caption(plain(remark))


def _failure(run: RunRecord, failed: Failed | None) -> None:
    why = run.message or TEXT("failed.no_cause")
    st.error(plain(why if failed is None else failure(failed, run.config)), title=TEXT("failed.title"))
    st.caption(TEXT("failed.kept"))


def _and_all_again(action: Callable[[], None]) -> None:
    """Do something after which the whole page is drawn again, and not this part of it alone."""
    action()
    st.rerun()
