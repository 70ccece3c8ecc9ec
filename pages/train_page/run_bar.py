"""The buttons that start and steer a run, with their keys, and the line that says how far it is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Failed
from pages.parts.progress_line import progress_line
from pages.parts.status_words import figures, label, said, title, whose
from pages.parts.view import View
from pages.session import actions
from pages.words.captions import failure as explain
from pages.words.captions import training, variant
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
            on_click=_and_all_again,
            args=(actions.train, service),
            disabled=view.engine.state == "unavailable",
        )
        _steering(service, view)
    progress_line(
        said(view),
        figures(view),
        fraction=None if view.progress is None else view.progress.fraction,
        placement="before" if run is None else run.config.placement,
        title=title(view),
    )
    with st.container(key="run-remarks", gap="xsmall"):
        _remarks(view, failed, trouble)
        if known is not None and (run is None or known.id != run.id):
            _offer(known)


def _steering(service: RunService, view: View) -> None:
    """Pause or Resume, Step and Stop, for whoever started the run."""
    run, mine = view.run, view.mine
    run_id, status = ("", "") if run is None else (run.id, run.status)
    resumes = run is not None and (status == "paused" or run.resumable)
    st.button(
        TEXT("bar.resume" if resumes else "bar.pause"),
        key="pause",
        shortcut="P",
        on_click=_and_all_again if resumes else actions.act,
        args=(actions.act, service, "resume", run_id) if resumes else (service, "pause", run_id),
        disabled=not mine or not (resumes or status in ("compiling", "running")),
        help=TEXT("help.pause"),
    )
    for action, key, able in (
        ("step", "N", status in ("paused", "running")),
        ("stop", "S", run is not None and run.active),
    ):
        st.button(
            TEXT(f"bar.{action}"),
            key=action,
            shortcut=key,
            on_click=actions.act,
            args=(service, action, run_id),
            disabled=not (mine and able),
            help=TEXT(f"help.{action}"),
        )


def _offer(known: RunRecord) -> None:
    what = plain(f"{variant(known.config)}, {training(known.config)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(TEXT("known.active" if known.active else "known.ended", run=what), width="content")
        st.button(
            TEXT("known.watch" if known.active else "known.open"),
            key="open-known",
            type="tertiary",
            on_click=_and_all_again,
            args=(actions.open_run, known),
        )


def _remarks(view: View, failed: Failed | None, trouble: str) -> None:
    said = (trouble, actions.notice())
    for sentence in filter(None, said):
        st.warning(plain(sentence))
    if view.engine.message in said:
        pass
    elif view.engine.state == "unavailable":
        st.warning(TEXT("remarks.engine", message=plain(view.engine.message)))
    elif view.engine.state == "ready" and view.engine.message:
        st.warning(plain(view.engine.message))
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
    if failed is None:
        what, advice = run.message or TEXT("failed.no_cause"), ""
    else:
        failure = explain(failed, run.config)
        what, advice = failure.what, failure.advice
    st.error(f"{plain(what)} {plain(advice)}".strip(), title=TEXT("failed.title"))
    st.caption(TEXT("failed.kept"))


def _and_all_again(action: Callable[..., None], *arguments: object) -> None:
    """Do something after which the whole page is drawn again, and not this part of it alone."""
    action(*arguments)
    st.rerun()
