"""What whoever started a run can do with it in a list of runs: name, pin, share and delete it, and have it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.parts.status_words import label
from pages.session import actions
from pages.session.identity import browser_id
from pages.session.session import kept, widget
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")


@dataclass
class Deleted:
    """The runs that were deleted in this tab and can perhaps be had back: id and what they are called."""

    runs: dict[str, str] = field(default_factory=dict)


def result(run: RunRecord) -> str:
    """Return what a run came to, in a few words."""
    status = prose("runs")(f"state.{run.status}")
    if run.status == "finished" and run.test_accuracy is not None:
        return TEXT("shelf.score", right=prose("numbers")("tenths", percentage=100 * run.test_accuracy))
    if run.active:
        return status
    return TEXT("shelf.ended", status=status, step=run.step, batches=run.config.batches)


def menu(service: RunService, run: RunRecord) -> None:
    """Draw the button behind which the owner of a run names, pins, shares or deletes it."""
    with st.popover("", icon=":material/more_horiz:", type="tertiary", key=f"more-{run.id}"):
        st.text_input(
            TEXT("shelf.name"),
            run.name or "",
            max_chars=80,
            key=f"name-{run.id}",
            on_change=actions.attempt,
            args=(lambda browser: service.rename(run.id, browser, widget(f"name-{run.id}")),),
        )
        st.toggle(
            TEXT("shelf.pin"),
            run.pinned,
            key=f"pin-{run.id}",
            on_change=actions.attempt,
            args=(lambda browser: service.pin(run.id, browser, pinned=widget(f"pin-{run.id}") is True),),
            help=TEXT("shelf.pins"),
        )
        st.toggle(
            TEXT("shelf.share"),
            run.shared,
            key=f"share-{run.id}",
            on_change=actions.attempt,
            args=(lambda browser: service.share(run.id, browser, shared=widget(f"share-{run.id}") is True),),
            help=TEXT("shelf.shares"),
        )
        st.button(
            TEXT("shelf.delete"),
            key=f"delete-{run.id}",
            icon=":material/delete:",
            on_click=_delete,
            args=(service, run),
            disabled=run.active,
            help=TEXT("shelf.stop_first" if run.active else "shelf.deletes"),
        )


def undo(service: RunService) -> None:
    """Offer to have back what was deleted a moment ago, for as long as that is possible."""
    deleted = kept(Deleted).runs
    for run_id, name in list(deleted.items()):
        if not service.can_undelete(run_id):
            del deleted[run_id]
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"gone-{run_id}"):
            st.markdown(TEXT("shelf.deleted", name=plain(name)), width="stretch")
            st.button(
                TEXT("shelf.undo"),
                key=f"undo-{run_id}",
                icon=":material/undo:",
                on_click=actions.attempt,
                args=(partial(service.undelete, run_id),),
            )


def _delete(service: RunService, run: RunRecord) -> None:
    actions.attempt(partial(service.delete, run.id))
    if service.can_undelete(run.id):
        kept(Deleted).runs[run.id] = label(run)


def damaged(service: RunService) -> None:
    """Say which of one's own runs are damaged, and offer to delete them."""
    for run_id in service.damaged(browser_id()):
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"damaged-{run_id}"
        ):
            st.markdown(plain(service.damage(run_id)), width="stretch")
            st.button(
                TEXT("shelf.delete"),
                key=f"delete-{run_id}",
                icon=":material/delete:",
                on_click=actions.attempt,
                args=(partial(service.delete, run_id),),
            )
