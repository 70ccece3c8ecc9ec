"""The shelf: all runs that this browser may see, to lay them over each other, and one's own to name, pin and delete."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from bn_core.chart_tables.curves import reached
from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.compare_page import chosen as choice
from pages.compare_page.chosen import Chosen
from pages.compare_page.listed import PER_PAGE, Wish, on_page, pace, pages, wanted
from pages.compare_page.text import TEXT
from pages.compare_page.words import coloured, test_words
from pages.parts import own_run
from pages.parts.often import often
from pages.parts.status_words import ago
from pages.parts.view import SLOW, is_owner
from pages.session import actions, setting, url_state
from pages.session.identity import browser_id
from pages.words import captions
from pages.words.plain_text import plain

MOST_LISTED = 2000
"""How many stored runs are looked through."""


def shelf(service: RunService, now: Chosen) -> None:
    """Draw what the list is to show, and the list."""
    stored = service.listed(browser_id(), MOST_LISTED + 1)
    runs = wanted([*stored[:MOST_LISTED], *service.recorded()], _wish(), browser_id())
    with st.container(key="compare-shelf", gap="xsmall"):
        if notice := actions.notice():
            st.warning(plain(notice))
        own_run.undo(service)
        own_run.damaged(service)
        page = min(setting.value("page"), pages(len(runs)))
        rows = on_page(runs, page)
        _elsewhere(service, now, rows)
        for run in rows:
            _row(service, now, run)
        if not runs:
            st.caption(TEXT("shelf.nothing"))
        if len(stored) > MOST_LISTED:
            st.caption(TEXT("shelf.cut", most=MOST_LISTED))
        _turn(page, len(runs))


def _wish() -> Wish:
    """Draw the controls of the list, and return what they say."""
    find, whose, sort = (setting.value(name) for name in ("find", "whose", "sort"))
    st.text_input(TEXT("shelf.find"), find, placeholder=TEXT("shelf.example"), **_control("find", find))
    names = TEXT.table("shelf.whose")
    with st.container(horizontal=True, gap="small", key="compare-order"):
        for name, value, words in (("whose", whose, names), ("sort", sort, TEXT.table("shelf.sort"))):
            st.selectbox(
                TEXT(f"shelf.{name}_label"),
                list(words),
                index=list(words).index(value),
                format_func=words.__getitem__,
                width=116,
                **_control(name, value),
            )
    return Wish(find, whose, sort)


def _control(name: str, value: str) -> dict[str, Any]:
    def change(said: object) -> None:
        setting.put("page", None)
        setting.put(name, said)

    return setting.control(name, value, change=change)


def _elsewhere(service: RunService, now: Chosen, rows: Sequence[RunRecord]) -> None:
    """Those that are laid over each other and do not stand on this page of the list: to be taken away here."""
    there = {run.id for run in rows}
    hidden = [run for run in now.runs if run.id not in there]
    if hidden:
        st.caption(TEXT("shelf.elsewhere"))
        for run in hidden:
            _row(service, now, run)
        st.caption(TEXT("shelf.found"))


def _row(service: RunService, now: Chosen, run: RunRecord) -> None:
    letter = now.letter(run.id)
    said = f"**{letter}** · {coloured(run)}" if letter else coloured(run)
    pinned = f" :small[{TEXT('shelf.pinned')}]" if run.pinned else ""
    with st.container(gap=None, key=f"compare-row-{run.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.checkbox(
                said + pinned,
                bool(letter),
                disabled=now.full and not letter,
                help=TEXT("shelf.full", most=choice.MOST) if now.full and not letter else None,
                width="stretch",
                **setting.control(f"run-{run.id}", bool(letter), change=lambda _: choice.toggle(now, run.id)),
            )
            if is_owner(run, browser_id()):
                own_run.menu(service, run)
        if run.active:
            often(partial(_moving, service, run), f"row-{run.id}", SLOW)
        else:
            st.caption(_details(service, run))


def _moving(service: RunService, run: RunRecord) -> None:
    """What is said of a run that goes on; where it ended or is gone, the page is drawn anew."""
    latest = service.run(run.id)
    if latest is None or not latest.active:
        url_state.catch_up()
        st.rerun()
    st.caption(_details(service, latest))


def _details(service: RunService, run: RunRecord) -> str:
    """How a run was trained and what it came to, as Markdown."""
    learned = reached(service.history(run.id))
    milliseconds = pace(run)
    said = [
        captions.variant(run.config) if run.name and run.owner != NOBODY else "",
        captions.training(run.config),
        TEXT("shelf.progress", status=own_run.result(run), step=run.step, batches=run.config.batches)
        if run.active
        else test_words(run) or own_run.result(run),
        "" if learned is None else TEXT("shelf.reached", count=learned),
        "" if milliseconds is None else TEXT("shelf.pace", milliseconds=milliseconds),
        TEXT("shelf.recorded") if run.owner == NOBODY else ago(time.time() - run.created),
        TEXT("shelf.shared") if run.shared else "",
    ]
    return " · ".join(plain(words) for words in said if words)


def _turn(page: int, count: int) -> None:
    """Draw what leads to the pages before and after this one, where there are several."""
    if pages(count) == 1:
        return
    first = (page - 1) * PER_PAGE + 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="compare-pages"):
        for key, to, disabled in (("before", page - 1, page == 1), ("after", page + 1, page == pages(count))):
            st.button(
                TEXT(f"shelf.{key}"),
                key=f"compare-page-{key}",
                type="tertiary",
                disabled=disabled,
                on_click=setting.put,
                args=("page", to),
            )
        st.caption(TEXT("shelf.of", first=first, last=min(count, page * PER_PAGE), count=count), width="content")
