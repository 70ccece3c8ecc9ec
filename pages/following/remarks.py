"""What a follower writes to the presenter, who alone reads it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bn_core.runs.presented import TEXT_LIMIT, Presentation
from bn_core.runs.records import RunProblem
from bn_core.runs.store import StoreUnavailable
from pages.following.given import Given
from pages.following.words import TEXT
from pages.session import startup
from pages.session.identity import browser_id
from pages.session.session import kept, widget
from pages.words.plain_text import plain


@dataclass
class Writing:
    """What became of the latest text: how many were sent, and why the latest was not taken."""

    sent: int = 0
    problem: str = ""


def write(now: Given) -> None:
    """Draw where a text can be written."""
    said = kept(Writing)
    with st.popover(TEXT("write.open"), icon=":material/edit_note:"):
        key = f"talk-text-{said.sent}"
        # Not `max_chars`: by it the browser would refuse what is pasted without a word.
        st.text_area(TEXT("write.label", most=TEXT_LIMIT), key=key)
        st.button(TEXT("write.send"), key="talk-send", on_click=_send, args=(now.state, key))
        if said.problem:
            st.warning(plain(said.problem))
        elif said.sent:
            st.caption(TEXT("write.sent"))
        st.caption(TEXT("privacy"))


def _send(now: Presentation, key: str) -> None:
    text, said = widget(key), kept(Writing)
    try:
        startup.room().write(now.id, now.scene, browser_id(), text if isinstance(text, str) else "")
        said.sent, said.problem = said.sent + 1, ""
    except (RunProblem, StoreUnavailable) as problem:
        said.problem = str(problem)
