"""Training one run of a sweep again in full, with everything that is inside its layers."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.service import RunService
from bn_core.sweeps.plan import Sweep
from pages.session import actions, identity, presenter
from pages.session.identity import browser_id
from pages.session.session import kept
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.words import arm_words, seeds_of


@dataclass
class _Going:
    """Where the tab goes next: the id of a run to be opened on the page Train; None for nowhere."""

    run: str | None = None


def leave() -> None:
    """Open the page Train where a run was asked for. To be called before anything is drawn."""
    going = kept(_Going)
    if going.run is not None:
        run, going.run = going.run, None
        st.switch_page("pages/train.py", query_params={"run": run} | presenter.parameters())


def again(service: RunService, plan: Sweep) -> None:
    """Draw the choice of a run, and the button that trains it, for `leave` to open."""
    seeds = seeds_of(plan)
    st.markdown(f"### {TEXT('again.heading')}")
    st.caption(TEXT("again.how"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="sweep-again"):
        arm = st.selectbox(
            TEXT("again.arm"), range(len(plan.arms)), format_func=lambda at: arm_words(plan.arms[at]), width=420
        )
        place = st.selectbox(TEXT("again.seed"), range(len(seeds)), format_func=lambda at: str(seeds[at]), width=140)
        config = plan.arms[arm].members[place]
        known = service.identical(config, browser_id())
        st.button(
            TEXT("again.button" if known is None else "again.open"),
            key="sweep-again-button",
            on_click=_go,
            args=(service, config),
            disabled=known is None and service.engine().state == "unavailable",
        )


def _go(service: RunService, config: TrainingConfig) -> None:
    """Open the run of this configuration that is recorded in full, or start it. For callbacks."""
    known = service.identical(config, browser_id())
    if known is not None:
        kept(_Going).run = known.id
        return

    def start(browser: str) -> None:
        kept(_Going).run = service.start(config, browser, identity.address())

    actions.attempt(start)
