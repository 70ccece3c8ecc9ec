"""Runs as one file: downloaded for another Batch Norm Lab, and uploaded from one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from bn_core.runs.copies import Kept
from bn_core.runs.records import NOBODY, RunProblem, RunRecord
from bn_core.runs.service import COPIED, RunService
from bn_core.runs.store import StoreUnavailable
from bn_core.transfer.file import ENDING, too_large
from bn_core.transfer.giving import fits, give
from bn_core.transfer.taking import take
from pages.parts.status_words import label
from pages.session import actions
from pages.session.identity import browser_id
from pages.session.session import kept, widget
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("parts")

SHOWN = 8
"""How many of the runs that came are offered to be opened; all of them are in the list of runs."""


@dataclass
class Taken:
    """What became of the latest file that was uploaded in this tab.

    Attributes:
        files: how many were, so that each finds an empty field.
        runs: what came in.
        problem: why nothing did; an empty text where something did.
    """

    files: int = 0
    runs: tuple[Kept, ...] = ()
    problem: str = ""


def download(service: RunService, runs: Sequence[RunRecord], key: str) -> None:
    """Draw a button that gives those of the runs that can be given as one file, which is made when it is pressed.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    given = [run.id for run in runs if run.status in COPIED and run.owner != NOBODY]
    why = "" if given else TEXT("transfer.none")
    # Any single run fits.
    if len(given) > 1 and not fits(service, given):
        why = str(too_large())
    st.download_button(
        TEXT("transfer.download"),
        partial(give, service, given),
        f"batch-norm-lab-{given[0] if len(given) == 1 else 'runs'}.{ENDING}",
        "application/octet-stream",
        key=key,
        on_click="ignore",
        disabled=bool(why),
        help=why or TEXT("transfer.gives"),
        width="stretch",
    )


def upload(service: RunService) -> None:
    """Draw a field that takes such a file, and say what came of the latest one."""
    now = kept(Taken)
    key = f"transfer-{now.files}"
    st.file_uploader(
        TEXT("transfer.upload"),
        key=key,
        on_change=_take,
        args=(service, key),
        disabled=browser_id() is None,
        help=TEXT("transfer.takes"),
    )
    if now.problem:
        st.warning(plain(now.problem))
    elif now.runs:
        _came(service, now.runs)


def _take(service: RunService, key: str) -> None:
    uploaded, now = widget(key), kept(Taken)
    if not isinstance(uploaded, UploadedFile):
        return
    try:
        now.runs, now.problem = tuple(take(service, uploaded.getbuffer(), browser_id() or "")), ""
    except (RunProblem, StoreUnavailable) as problem:
        now.runs, now.problem = (), str(problem)
    now.files += 1
    # Else it would be kept in memory for as long as the tab is open.
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)


def _came(service: RunService, runs: Sequence[Kept]) -> None:
    new = sum(not run.was_there for run in runs)
    said = [TEXT("transfer.came", count=new)] if new else []
    if new < len(runs):
        said.append(TEXT("transfer.were_there", count=len(runs) - new))
    with st.container(border=True, key="transfer-came"):
        st.markdown(" ".join(said))
        for each in runs[:SHOWN]:
            run = service.run(each.id)
            if run is not None:
                st.button(
                    TEXT("transfer.open", name=plain(label(run))),
                    key=f"transfer-open-{run.id}",
                    type="tertiary",
                    icon=":material/open_in_new:",
                    on_click=actions.open_run,
                    args=(run,),
                )
