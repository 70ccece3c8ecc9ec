"""The part of the page that shows sweeps: choose one or plan one, watch it, and read what may be claimed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from bn_core.exhibits import library
from bn_core.exhibits.swept import recorded_results
from bn_core.runs.records import EngineStatus, SweepRecord
from bn_core.runs.service import RunService
from bn_core.sweeps.plan import Sweep, SweepProblem
from bn_core.sweeps.ready_made import ReadyMade, ready_made
from bn_core.sweeps.service import SweepService, plan_of
from bn_core.sweeps.standing import Standing
from pages.live import Still, live
from pages.parts.view import SLOW
from pages.session import actions, identity, presenter, setting, url_state
from pages.session.identity import browser_id
from pages.sweeps_page import form
from pages.sweeps_page.again import again, leave
from pages.sweeps_page.at_hand import sweep_service, title_of
from pages.sweeps_page.outcome import draw_outcome, draw_seeds, pick_measure
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.words import capital, cost_words, pairs_words, seeds_words
from pages.words.plain_text import plain

OF_ONE_SWEEP = ("sweep", "plan", "pairs", "title", "over")
"""The settings that another sweep on the page makes an end of."""


@dataclass(frozen=True)
class Seen:
    """One look at a sweep of the store.

    Attributes:
        sweep: as it is.
        standing: its members and what they came to.
        engine: what can train here.
    """

    sweep: SweepRecord
    standing: Standing
    engine: EngineStatus


def sweeps_panel(service: RunService) -> None:
    """Put the part on the page."""
    leave()
    sweeps = sweep_service()
    known = {one.key: one for one in ready_made()}
    _choose_ready(known)
    _choose_own(sweeps)
    named = setting.value("sweep")
    if notice := actions.notice():
        st.warning(plain(notice))
    ready, stored = known.get(named), None if named in known or named is None else sweeps.sweep(named)
    if ready is not None:
        _ready_panel(service, sweeps, ready)
    elif stored is not None:
        _stored_panel(service, sweeps, stored)
    elif named is not None:
        st.info(TEXT("remarks.unknown"))
    shown = _plan_shown(ready, stored)
    _own_plan(service, sweeps, shown)


def _plan_shown(ready: ReadyMade | None, stored: SweepRecord | None) -> Sweep | None:
    if ready is not None:
        return ready.plan
    try:
        return None if stored is None else plan_of(stored)
    except SweepProblem:
        return None


def _choose_ready(known: dict[str, ReadyMade]) -> None:
    named = setting.value("sweep")
    st.pills(
        TEXT("choice.ready"),
        list(known),
        default=named if named in known else None,
        format_func=lambda key: known[key].plan.title,
        **setting.control("sweep", named if named in known else None, of="ready", change=_open),
    )


def _choose_own(sweeps: SweepService) -> None:
    own = {one.id: one for one in sweeps.sweeps(browser_id())}
    if not own:
        return
    named = setting.value("sweep")
    st.selectbox(
        TEXT("choice.own"),
        list(own),
        index=list(own).index(named) if named in own else None,
        # What changes while a sweep goes on, a browser would send back as a choice of before.
        format_func=lambda sweep_id: TEXT("choice.one", title=title_of(own[sweep_id]), id=sweep_id),
        placeholder=TEXT("choice.own_none"),
        width=520,
        **setting.control("own-sweep", named if named in own else None, change=_open),
    )


def _open(sweep: str | None) -> None:
    """Put a sweep on the page, and no plan of one's own. For callbacks."""
    place = url_state.here()
    kept = {name: value for name, value in place.settings.items() if name not in OF_ONE_SWEEP}
    url_state.go(replace(place, settings=kept | ({} if sweep is None else {"sweep": sweep})))


def _begin(sweeps: SweepService, plan: Sweep) -> None:
    """Begin a sweep and put it on the page. For callbacks."""
    actions.attempt(lambda browser: _open(sweeps.begin(plan, browser, identity.address())))


def _ready_panel(service: RunService, sweeps: SweepService, ready: ReadyMade) -> None:
    st.markdown(f"## {plain(ready.plan.title)}")
    results = recorded_results(library(), ready.plan)
    if results is None:
        st.info(TEXT("remarks.not_recorded"))
    else:
        st.caption(TEXT("remarks.recorded", seeds=seeds_words(ready.plan)))
        measure, over = pick_measure(ready.plan)
        draw_outcome(results, {}, measure, over, presenter.scale())
        draw_seeds(results, measure)
        again(service, ready.plan)
    _start(service, sweeps, ready.plan, TEXT("buttons.again"), "begin-ready")


def _start(service: RunService, sweeps: SweepService, plan: Sweep, label: str, key: str) -> None:
    """Draw what a plan will take, and the button that begins it."""
    engine = service.engine()
    takes = sweeps.cost(plan, browser_id())
    st.markdown(cost_words(plan, takes, engine.workers))
    if said := pairs_words(plan):
        st.caption(said)
    unavailable = engine.state == "unavailable"
    if unavailable:
        st.caption(TEXT("remarks.engine", message=plain(engine.message)))
    with st.container(horizontal=True, gap="small", key=f"{key}-row"):
        st.button(label, key=key, type="primary", on_click=_begin, args=(sweeps, plan), disabled=unavailable)
        form.download(plan, key)


def _stored_panel(service: RunService, sweeps: SweepService, stored: SweepRecord) -> None:
    try:
        plan = plan_of(stored)
    except SweepProblem as problem:
        st.warning(plain(str(problem)))
        return
    mine = sweeps.owns(stored, browser_id())
    st.markdown(f"## {plain(plan.title)}")
    measure, over = pick_measure(plan)

    def look() -> Seen:
        found = sweeps.sweep(stored.id) or stored
        return Seen(found, sweeps.standing(found), service.engine())

    def above(seen: Seen) -> None:
        _steering(sweeps, seen.sweep, mine=mine)

    def draw(seen: Seen, trouble: str) -> float | None:
        with st.container(key="sweep-remarks"):
            for sentence in filter(None, (trouble, _remark(seen))):
                st.info(plain(sentence))
        _progress(seen)
        draw_outcome(seen.standing.results, seen.standing.runs, measure, over, presenter.scale())
        return _pace(seen)

    def below(seen: Seen) -> None:
        if seen.standing.results.complete:
            draw_seeds(seen.standing.results, measure)
        again(service, plan)

    live("sweeps", stored.id, look, draw, _pace, still=Still(above, below, _state))


def _state(seen: Seen) -> Hashable:
    return seen.sweep.state, seen.standing.results.complete


def _pace(seen: Seen) -> float | None:
    active = any(run.active for run in seen.standing.runs.values())
    return SLOW if seen.sweep.state == "running" or active else None


def _steering(sweeps: SweepService, sweep: SweepRecord, *, mine: bool) -> None:
    """Pause or Resume, and Stop, for whoever began it; nobody else can use them."""
    if not mine:
        st.caption(TEXT("remarks.theirs"))
        return
    if sweep.state not in ("running", "paused"):
        return
    action = "pause" if sweep.state == "running" else "resume"
    with st.container(horizontal=True, gap="small", key="sweep-bar"):
        for each in (action, "stop"):
            st.button(
                TEXT(f"buttons.{each}"),
                key=f"sweep-{each}",
                on_click=actions.attempt,
                args=(partial(_steer, sweeps, each, sweep.id),),
                help=TEXT(f"buttons.{each}_help"),
            )


def _steer(sweeps: SweepService, action: str, sweep_id: str, browser: str) -> None:
    {"pause": sweeps.pause, "resume": sweeps.resume, "stop": sweeps.stop}[action](sweep_id, browser)


def _remark(seen: Seen) -> str:
    """Return what is to be known beside how far the sweep is; an empty text where nothing is."""
    if seen.sweep.state == "paused":
        active = sum(run.active for run in seen.standing.runs.values())
        return TEXT("remarks.paused", active=active) if active else TEXT("remarks.paused_still")
    if seen.sweep.state == "running" and seen.engine.state == "unavailable":
        return TEXT("remarks.engine", message=seen.engine.message)
    return ""


def _progress(seen: Seen) -> None:
    standing = seen.standing
    said = [
        capital(TEXT(f"state.{seen.sweep.state}")),
        TEXT("progress.runs", ended=standing.ended, members=len(standing.plan.members)),
        TEXT("progress.batches", done=standing.batches_done, all=standing.batches),
    ]
    if standing.before:
        said.append(TEXT("progress.before", before=standing.before))
    st.progress(min(1.0, standing.batches_done / standing.batches), " · ".join(said))


def _own_plan(service: RunService, sweeps: SweepService, shown: Sweep | None) -> None:
    heading = TEXT("plan.heading" if shown is None else "plan.another")
    open_now = shown is None or setting.value("plan") is not None
    with st.expander(heading, expanded=open_now, key=f"sweep-plan-{open_now}"):
        line = form.line_here(shown)
        form.form(line)
        plan: Sweep | None = None
        try:
            plan = form.sweep_here(line)
        except SweepProblem as problem:
            st.warning(plain(str(problem)))
        if plan is not None:
            form.pick_pairs(line, plan)
            _start(service, sweeps, plan, TEXT("buttons.begin"), "begin-own")
        form.upload()
