"""The buttons that start and steer a run, with their keys, and what is to be known of how the run is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from bn_core.data.catalogue import TITLES, at_hand, default_dataset
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.runs.store import StoreUnavailable
from bn_core.training.events import Failed
from pages.following.given import followed
from pages.parts.status_words import label, whose
from pages.parts.view import View
from pages.session import actions, presenter, right
from pages.words.captions import failure
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")


def buttons(service: RunService, view: View) -> None:
    """Draw always the same buttons in the same order; what cannot be done now is disabled."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-bar"):
        st.button(
            TEXT("bar.train"),
            key="train",
            # Who follows a talk looks at the presenter's run.
            type="secondary" if _follows() else "primary",
            shortcut=presenter.shortcut("T", "train"),
            on_click=actions.train,
            args=(service,),
            disabled=view.engine.state == "unavailable",
        )
        _steering(service, view)


def _follows() -> bool:
    """Whether the page follows a talk that somebody else presents."""
    try:
        return followed() is not None and right.presenter() is None
    except StoreUnavailable:
        return False  # the top of the page says why


def _steering(service: RunService, view: View) -> None:
    """Pause or Resume, Step and Stop, for whoever started the run."""
    run, mine = view.run, view.mine
    run_id, status = ("", "") if run is None else (run.id, run.status)
    resumes = run is not None and (status == "paused" or run.resumable)
    steering: tuple[tuple[actions.Steering, str, bool], ...] = (
        ("pause", "P", resumes or status in ("compiling", "running")),
        ("step", "N", status in ("paused", "running")),
        ("stop", "S", run is not None and run.active),
    )
    for key, letter, able in steering:
        action: actions.Steering = "resume" if resumes and key == "pause" else key
        st.button(
            TEXT(f"bar.{action}"),
            key=key,
            shortcut=presenter.shortcut(letter, "train"),
            on_click=actions.act,
            args=(service, action, run_id),
            disabled=not (mine and able),
            help=TEXT(f"help.{key}"),
        )


def remarks(service: RunService, view: View, failed: Failed | None, trouble: str) -> None:
    """Draw what is to be known of the run and of the engine, beside how far the run is.

    Args:
        failed: what the run says of its failure, where it failed.
        trouble: one sentence on what is wrong with the store; an empty text where nothing is.
    """
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
        _failure(service, run, failed)
    elif run.message and (run.active or run.status == "interrupted"):
        # What an interrupted run says is for whoever can resume it.
        st.info(plain(run.message) if view.mine or run.active else TEXT("remarks.interrupted"))
    if run.status == "stopped":
        st.caption(TEXT("remarks.stopped", step=run.step, batches=run.config.batches))
    if remark := whose(view, label(run)):
        st.caption(plain(remark))


def _failure(service: RunService, run: RunRecord, failed: Failed | None) -> None:
    why = run.message or TEXT("failed.no_cause")
    st.error(plain(why if failed is None else failure(failed, run.config)), title=TEXT("failed.title"))
    if run.step:
        st.caption(TEXT("failed.kept"))
    elif not at_hand(run.config.dataset):
        other = default_dataset()
        st.button(
            TEXT("failed.on_other", dataset=TITLES[other]),
            key="train-on-other",
            on_click=partial(_train_on, service, run, other),
        )


def _train_on(service: RunService, run: RunRecord, dataset: str) -> None:
    actions.copy_config(run.config.with_(dataset=dataset))
    actions.train(service)


def _ways_out(service: RunService) -> None:
    """What can be done where the browser does not say who it is."""
    with st.container(horizontal=True, gap="small"):
        alone = partial(_and_all_again, partial(actions.train_for_this_tab, service))
        st.button(TEXT("remarks.for_this_tab"), key="train-alone", on_click=alone)
        if st.context.url:
            st.link_button(TEXT("remarks.own_window"), st.context.url, icon=":material/open_in_new:")


def _and_all_again(action: Callable[[], None]) -> None:
    """Do something after which the whole page is drawn again, and not this part of it alone."""
    action()
    st.rerun()
