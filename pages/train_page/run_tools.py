"""What else can be done with the run on the page: take it as a start, share it, take its numbers away, compare it."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.exported_page.downloads import downloads
from pages.parts.onward import onward
from pages.parts.run_choice import MOST
from pages.session import actions
from pages.session.identity import browser_id
from pages.train_page.copy_link import copy_link
from pages.words.prose import prose

TEXT = prose("train")


def run_tools(service: RunService, run: RunRecord) -> None:
    """Draw some quiet buttons in a row."""
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
        _against_the_one_before(service, run)


def _against_the_one_before(service: RunService, run: RunRecord) -> None:
    """A link to the page Compare with this run and the one that this browser started before it, if any."""
    earlier = [known for known in service.runs(browser_id(), MOST) if known.created < run.created and known.step]
    if earlier:
        before = max(earlier, key=lambda known: known.created)
        onward("compare", TEXT("tools.before"), {"runs": f"{before.id},{run.id}"}, icon="compare_arrows")


def _copy(run: RunRecord) -> None:
    actions.copy_config(run.config)
    st.toast(TEXT("help.copied"))
