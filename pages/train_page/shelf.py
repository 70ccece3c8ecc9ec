"""The shelf of runs, to open again: one's own, what others share, and the race's runs, which come with the app."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.parts import disk_use, own_run, transfer
from pages.parts.run_choice import with_weights
from pages.parts.status_words import ago, label
from pages.parts.view import is_owner
from pages.session import actions, presenter
from pages.session.identity import browser_id
from pages.session.session import kept
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")

SHOWN = 8
MOST = 50


@dataclass
class _Length:
    """How many runs are on the shelf at most, besides the recorded ones."""

    most: int = SHOWN


def shelf(service: RunService, open_id: str | None) -> None:
    """Draw one row a run, the newest first, recorded ones last: open it, and rename, share or delete one's own.

    Args:
        open_id: the run on the page.
    """
    most = kept(_Length).most
    runs = service.listed(browser_id(), most + 1)
    st.markdown(f"## {TEXT('shelf.heading')}")
    own_run.undo(service)
    own_run.damaged(service)
    if not runs:
        st.caption(TEXT("shelf.none"))
    _rows(service, "shelf", runs[:most], open_id)
    if len(runs) > most and most < MOST:
        st.button(TEXT("shelf.more"), type="tertiary", key="shelf_all-button", on_click=_show_more)
    _rows(service, "recorded-shelf", with_weights(service), open_id)
    if not presenter.on():
        _keeping(service)


def standing_out(words: Sequence[str], common: frozenset[str]) -> str:
    """Words as Markdown, those that are not common to all runs strong, the others quiet."""
    return ", ".join(f":gray[{plain(word)}]" if word in common else f"**{plain(word)}**" for word in words)


def common_words(runs: Iterable[Sequence[str]]) -> frozenset[str]:
    """The words that every run has; none where there is a single run, which differs from no other."""
    words = [frozenset(each) for each in runs]
    return frozenset.intersection(*words) if len(words) > 1 else frozenset()


def _rows(service: RunService, key: str, runs: list[RunRecord], open_id: str | None) -> None:
    names = common_words([_words(captions.variant(run.config)) for run in runs])
    trained = common_words([_words(captions.training(run.config)) for run in runs])
    with st.container(gap=None, key=key):
        for run in runs:
            _row(service, run, names, trained, is_open=run.id == open_id)


def _words(text: str) -> list[str]:
    return text.split(", ")


def _details(run: RunRecord, names: frozenset[str], trained: frozenset[str], *, mine: bool) -> str:
    """What tells a run from the others of its name, as Markdown."""
    # Those that come with the app are called by their network.
    named = run.name and run.owner != NOBODY
    details = [standing_out(_words(captions.variant(run.config)), names)] if named else []
    details += [standing_out(_words(captions.training(run.config)), trained), f"**{plain(own_run.result(run))}**"]
    if run.owner == NOBODY:
        quiet = [TEXT("shelf.recorded")]
    else:
        said = (("shelf.yours", mine), ("shelf.shared", run.shared))
        quiet = [ago(time.time() - run.created), *(TEXT(word) for word, so in said if so)]
    return " · ".join([*details, *(f":gray[{plain(word)}]" for word in quiet)])


def _row(service: RunService, run: RunRecord, names: frozenset[str], trained: frozenset[str], *, is_open: bool) -> None:
    mine = is_owner(run, browser_id())
    here = f"**{TEXT('shelf.here')}** · " if is_open else ""
    called = f"**{plain(label(run))}**" if run.name else standing_out(_words(label(run)), names)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            called,
            key=f"open-{run.id}",
            type="tertiary",
            icon=prose("runs")(f"icons.{run.status}"),
            on_click=actions.open_run,
            args=(run,),
            help=TEXT("shelf.is_open" if is_open else "shelf.open"),
        )
        st.markdown(f":small[{here}{_details(run, names, trained, mine=mine)}]", width="content")
        if mine:
            own_run.menu(service, run)


def _keeping(service: RunService) -> None:
    """Draw what concerns all of one's runs: runs from elsewhere, and how much room one's own take."""
    box = st.expander(TEXT("shelf.keeping"), key="keeping", on_change="rerun")
    if box.open:
        with box:
            transfer.upload(service)
            disk_use.disk_use(service)


def _show_more() -> None:
    kept(_Length).most = MOST
