"""What else can be done with the run on the page: take it as a start, share it, take its numbers away."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.exported_page.downloads import downloads
from pages.session import actions
from pages.train_page.copy_link import copy_link
from pages.words.prose import prose

TEXT = prose("train")


def run_tools(service: RunService, run: RunRecord) -> None:
    """Draw three quiet buttons in a row."""
    with st.container(horizontal=True, width="content", gap="xsmall", key="run-tools"):
        st.button(
            TEXT("tools.copy"),
            key="same-but",
            type="tertiary",
            on_click=_copy,
            args=(run,),
            help=TEXT("help.copy"),
        )
        copy_link(run.id)
        downloads(service, [run.id])


def _copy(run: RunRecord) -> None:
    actions.copy_config(run.config)
    st.toast(TEXT("help.copied"))
