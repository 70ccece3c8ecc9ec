"""What trains and waits on this server, whoever began it: the presenter can stop it."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.presented import Presenter
from bn_core.runs.records import RunProblem
from bn_core.runs.service import RunService
from bn_core.runs.store import StoreUnavailable
from pages.parts.often import often
from pages.session import actions
from pages.sweeps_page.at_hand import sweep_service, title_of
from pages.teach_page.giving_text import TEXT
from pages.words import captions
from pages.words.plain_text import plain

LOOK_SECONDS = 2.0

MOST = 20
"""How many runs are listed: those at work, and then those that start next."""


def trainings(runs: RunService, who: Presenter) -> None:
    """Draw them, and keep the list up to date."""
    st.subheader(TEXT("server.heading"), anchor=False)
    sweeps = sweep_service()

    def update() -> None:
        try:
            found, begun = runs.at_work(who), sweeps.running(who)
        except (RunProblem, StoreUnavailable) as problem:
            st.caption(plain(str(problem)))
            return
        waiting = sum(run.status == "queued" for run in found)
        if not found and not begun:
            st.markdown(TEXT("server.none"))
        for sweep in begun[:MOST]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(plain(TEXT("server.sweep", title=title_of(sweep))), width=480)
                st.button(
                    TEXT("server.stop"),
                    key=f"stop-sweep-{sweep.id}",
                    on_click=actions.try_to,
                    args=(sweeps.stop, sweep.id, who),
                )
        if waiting:
            label = TEXT("server.clear", count=waiting)
            st.button(label, key="clear-queue", on_click=actions.try_to, args=(runs.clear_queue, who))
        for run in found[:MOST]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                said = TEXT(
                    "server.run",
                    variant=captions.variant(run.config),
                    status=run.status,
                    step=run.step,
                    batches=run.config.batches,
                )
                st.markdown(plain(said), width=480)
                st.button(
                    TEXT("server.stop"), key=f"stop-{run.id}", on_click=actions.try_to, args=(runs.stop, run.id, who)
                )

    often(update, "trainings", LOOK_SECONDS)
