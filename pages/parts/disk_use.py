"""How much one's own runs take on the server, and all of them deleted at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

from bn_core.runs.service import RunService
from pages.session import actions
from pages.session.identity import browser_id
from pages.session.session import kept
from pages.words.prose import prose

TEXT = prose("parts")


@dataclass
class Gone:
    """The runs that were deleted together in this tab, and can perhaps be had back; and how many stayed."""

    runs: tuple[str, ...] = ()
    busy: int = 0


def disk_use(service: RunService) -> None:
    """Draw what one's own runs take here and of how much, and a way to delete them all.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    use = service.disk_use(browser_id())
    megabytes = {name: getattr(use, name) / 1e6 for name in ("own", "all", "budget")}
    st.markdown(TEXT("disk.use", count=use.runs, **megabytes))
    _undo(service)
    with st.popover(
        TEXT("disk.delete"), icon=":material/delete:", disabled=use.runs == use.busy, key="disk-delete", width="content"
    ):
        idle = use.runs - use.busy
        st.markdown(TEXT("disk.sure", count=idle))
        if use.busy:
            st.markdown(TEXT("disk.busy", count=use.busy))
        st.button(
            TEXT("disk.confirm", count=use.runs - use.busy), key="disk-confirm", on_click=_delete, args=(service,)
        )


def _delete(service: RunService) -> None:
    def delete(browser: str) -> None:
        gone, deleted = kept(Gone), service.delete_all(browser)
        gone.runs, gone.busy = (*gone.runs, *deleted.runs), deleted.busy

    actions.attempt(delete)


def _undo(service: RunService) -> None:
    """Offer to have back what was deleted a moment ago, for as long as that is possible."""
    gone = kept(Gone)
    gone.runs = tuple(run_id for run_id in gone.runs if service.can_undelete(run_id))
    if not gone.runs:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="disk-gone"):
        stayed = f" {TEXT('disk.stayed', count=gone.busy)}" if gone.busy else ""
        st.markdown(TEXT("disk.deleted", count=len(gone.runs)) + stayed, width="stretch")
        st.button(
            prose("train")("shelf.undo"),
            key="disk-undo",
            icon=":material/undo:",
            on_click=actions.attempt,
            args=(partial(_back, service, gone.runs),),
        )


def _back(service: RunService, runs: tuple[str, ...], browser: str) -> None:
    for run_id in runs:
        if service.can_undelete(run_id):
            service.undelete(run_id, browser)
