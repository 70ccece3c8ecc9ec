"""The buttons that start and steer a run, with their keys, and the line that says how far it is."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Failed
from pages.parts.progress_line import progress_line
from pages.parts.view import View
from pages.session import desk
from pages.words.captions import failure as explain
from pages.words.captions import training, variant
from pages.words.plain_text import plain
from pages.words.prose import prose
from pages.words.status_words import figures, label, said, title, whose

TEXT = prose("train")


def run_bar(service: RunService, view: View, known: RunRecord | None, trouble: str) -> None:
    """Always the same elements in the same order; what cannot be done now is disabled.

    Args:
        known: a run of exactly what the controls say that there is already: it is offered, and Train still trains.
        trouble: one sentence on what is wrong with the store; an empty text where nothing is.
    """
    run, mine = view.run, view.mine
    run_id = "" if run is None else run.id
    status = "" if run is None else run.status
    resumes = run is not None and (status == "paused" or run.resumable)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-bar"):
        st.button(
            "Train",
            key="train",
            type="primary",
            shortcut="T",
            on_click=_train,
            args=(service,),
            disabled=view.engine.state == "unavailable",
        )
        st.button(
            "Resume" if resumes else "Pause",
            key="pause",
            shortcut="P",
            on_click=_resume if resumes else desk.act,
            args=(service, run_id) if resumes else (service, "pause", run_id),
            disabled=not mine or not (resumes or status in ("compiling", "running")),
            help=TEXT("help.pause"),
        )
        st.button(
            "Step",
            key="step",
            shortcut="N",
            on_click=desk.act,
            args=(service, "step", run_id),
            disabled=not mine or status not in ("paused", "running"),
            help=TEXT("help.step"),
        )
        st.button(
            "Stop",
            key="stop",
            shortcut="S",
            on_click=desk.act,
            args=(service, "stop", run_id),
            disabled=not mine or run is None or not run.active,
            help=TEXT("help.stop"),
        )
    progress_line(
        said(view),
        figures(view),
        fraction=None if view.progress is None else view.progress.fraction,
        placement="before" if run is None else run.config.placement,
        title=title(view),
    )
    with st.container(key="run-remarks", gap="xsmall"):
        _remarks(view, trouble)
        if known is not None and known.id != run_id:
            _offer(known)


def _offer(known: RunRecord) -> None:
    what = plain(f"{variant(known.config)}, {training(known.config)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(TEXT("known.active" if known.active else "known.ended", run=what), width="content")
        st.button(
            "Watch it" if known.active else "Open it",
            key="open-known",
            type="tertiary",
            on_click=_open,
            args=(known,),
        )


def _remarks(view: View, trouble: str) -> None:
    for sentence in (trouble, desk.notice()):
        if sentence:
            st.warning(plain(sentence))
    if view.engine.state == "unavailable":
        st.warning(TEXT("remarks.engine", message=plain(view.engine.message)))
    elif view.engine.state == "ready" and view.engine.message:
        st.warning(plain(view.engine.message))
    run = view.run
    if run is None:
        return
    if run.status == "failed":
        _failure(run, view.history.failed)
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


def _train(service: RunService) -> None:
    desk.train(service)
    st.rerun()


def _resume(service: RunService, run_id: str) -> None:
    desk.act(service, "resume", run_id)
    st.rerun()


def _open(run: RunRecord) -> None:
    desk.open_run(run)
    st.rerun()
