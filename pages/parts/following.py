"""Following a run on a page that looks into it: how it is doing, and how often to look again."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.parts.progress_line import progress_line
from pages.parts.view import STEADY, View, look, pace
from pages.words.plain_text import plain
from pages.words.prose import prose


def follow(service: RunService, run: RunRecord) -> View:
    """The run as it is now, with what a line of progress needs; where it was deleted, the page starts over and says so.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    view = look(service, run.id, None)
    if view.run is None:
        st.rerun()
    return view


@dataclass(frozen=True)
class Scene:
    """What a page that looks into a run shows of it."""

    view: View

    @property
    def run(self) -> RunRecord:
        """The run on the page."""
        assert self.view.run is not None
        return self.view.run

    @property
    def live(self) -> bool:
        """Whether more of it comes by itself."""
        return self.run.active and self.run.status != "paused"

    def told(self, description: str, finding: str) -> str:
        """Return what a chart shows in words. Of a run that goes on that is what stays the same: a chart whose words
        change is drawn anew.

        Args:
            finding: what there is to see in it; an empty text for nothing.
        """
        return description if self.live or not finding else f"{description} {finding}"


def pace_inside(view: View) -> float | None:
    """Seconds until the page should look at the run again; None for one that has ended."""
    seconds = pace(view)
    return None if seconds is None or view.run is None or not view.run.active else max(STEADY, seconds)


def show_state(page: str, view: View, title: str, trouble: str, remark: str = "") -> None:
    """Draw the line of progress of a run that has not ended, and what is to be known of the run's state.

    Args:
        page: its name.
        title: of the page, for the browser's tab.
        trouble: one sentence on what is wrong with the store; an empty text where nothing is.
        remark: one sentence on the run; an empty text for none.
    """
    with st.container(key=f"{page}-state", gap="xsmall"):
        if view.run is not None and view.run.active:
            progress_line(view, prose("app")("tab", title=title))
        if trouble:
            st.warning(plain(trouble))
        if remark:
            st.caption(remark)
