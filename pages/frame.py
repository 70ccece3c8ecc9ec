"""The frame that all pages share: how a page begins, what stands around its content, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.exercises_page.way_back import short_way_back
from pages.parts import glossary
from pages.parts.onward import to_next
from pages.parts.run_choice import runs_to_choose
from pages.session import entrance, identity, presenter, url_state
from pages.session.startup import service
from pages.words.plain_text import plain
from pages.words.prose import Prose, prose


def begin(text: Prose) -> None:
    """Begin a page: the browser's tab says its name.

    Args:
        text: the page's texts; `tab` is what the tab says where that is not the title and the app's name.
    """
    entrance.through_app()
    glossary.open_page()
    st.set_page_config(page_title=text("tab") if "tab" in text else prose("app")("tab", title=text("title")))


def enter(text: Prose) -> RunService:
    """Begin a page about runs or a configuration: session and address agree from here on."""
    begin(text)
    runs = service()
    entrance.settle(runs)
    return runs


def title(text: Prose) -> None:
    """Put the page's title on it, where it stands on every other page."""
    with title_row(text):
        pass


@contextmanager
def title_row(text: Prose, gap: Literal["small", "medium"] = "small") -> Iterator[None]:
    """Put the page's title on it; what is drawn inside stands at the right of it, with these gaps."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap=gap, key="title"):
        st.title(text("title"), width="content")
        short_way_back()
        st.space("stretch")
        yield


def introduce(text: Prose, notice: str = "", passed_over: Sequence[str] = ()) -> None:
    """Say what the page is for, what of its address cannot be used, and what else is to be noticed there.

    A room is told what the page is for by whoever presents it: every screen there is for the picture.

    Args:
        passed_over: what the address names and the run on the page does not have; empty texts say nothing.
    """
    if not (presenter.on() or url_state.in_scene()):
        with st.container(key="intro"):
            glossary.write(text("intro"))
    with st.container(key="address"):
        warn([*entrance.problems(), *filter(None, passed_over)])
        if notice:
            st.info(notice)


def warn(problems: Sequence[str]) -> None:
    """Say what cannot be used, in one box, where anything cannot."""
    if problems:
        st.warning("  \n".join(plain(sentence) for sentence in problems))


def unknown_run(run: RunRecord | None) -> str:
    """Return what is to be noticed where the address names no run, or a damaged one; else an empty text."""
    asked = url_state.here().run
    if run is not None or asked is None:
        return ""
    return plain(service().damage(asked)) or prose("app")("nothing.unknown")


def no_run(text: Prose, runs: RunService) -> None:
    """Say what to do where the page shows no run."""
    st.markdown(prose("app")("nothing.no_choice") if runs_to_choose(runs) else text("nothing.no_run"))


def end(text: Prose, following: str) -> None:
    """End a page with the link to the following one, named by its file, and the switch of presenter mode."""
    st.space("small")
    to_next(following, text("next"))
    presenter.switch()
    identity.listen()
