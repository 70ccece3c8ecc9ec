"""Training one run of a sweep again in full, with everything that is inside its layers."""

from __future__ import annotations

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.service import RunService
from bn_core.sweeps.results import Results
from pages.session import actions, identity, presenter
from pages.session.identity import browser_id
from pages.sweeps_page.tables import seeds_of
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.words import arm_words


def again(service: RunService, results: Results) -> None:
    """Draw the choice of a run, and the button that trains it and opens the page Train."""
    plan = results.plan
    st.markdown(f"### {TEXT('again.heading')}")
    st.caption(TEXT("again.how"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="sweep-again"):
        arm = st.selectbox(TEXT("again.arm"), range(len(plan.arms)), format_func=lambda at: arm_words(plan.arms[at]))
        place = st.selectbox(
            TEXT("again.seed"), range(len(seeds_of(plan))), format_func=lambda at: str(seeds_of(plan)[at]), width=140
        )
        config = plan.arms[arm or 0].members[place or 0]
        known = service.identical(config, browser_id())
        label = TEXT("again.button" if known is None else "again.open")
        unavailable = known is None and service.engine().state == "unavailable"
        pressed = st.button(label, key="sweep-again-button", disabled=unavailable)
    if pressed:
        run = _begun(service, config) if known is None else known.id
        if run is None:
            st.rerun()
        st.switch_page("pages/train.py", query_params={"run": run} | presenter.parameters())


def _begun(service: RunService, config: TrainingConfig) -> str | None:
    """Start a run; return its id, None where something stands against it, which becomes the notice."""
    started: list[str] = []
    actions.attempt(lambda browser: started.append(service.start(config, browser, identity.address())))
    return started[0] if started else None
