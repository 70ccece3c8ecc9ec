"""Who is asking: a random id that the browser keeps, so that a run belongs to whoever started it.

The id lives in the browser's local storage and reaches the server over the page's own connection, never in an address.
It is the same after a refresh and in the browser's other tabs. Where storage is blocked, it lasts as long as the tab's
session.
"""

from __future__ import annotations

import re

import streamlit as st

from pages.session.session import session, widget

KEY = "browser"

# A newcomer's id is proposed by the server: a page that is not served over HTTPS may lack the browser's generator.
_SCRIPT = """
export default function (component) {
  const { data, setStateValue } = component
  const valid = (text) => typeof text === "string" && /^[A-Za-z0-9_-]{16,64}$/.test(text)
  let id = data.proposal
  try {
    const kept = window.localStorage.getItem("batch-norm-lab-browser")
    if (valid(kept)) id = kept
    else window.localStorage.setItem("batch-norm-lab-browser", id)
  } catch (blocked) {
    // Storage is blocked: the proposal serves for this session.
  }
  if (data.known !== id) setStateValue("id", id)
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.identity", js=_SCRIPT)

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def browser_id() -> str | None:
    """Return the browser's id; None for the fraction of a second before a new page has heard of it."""
    state = widget(KEY)
    told = None if state is None else state.get("id")
    if isinstance(told, str) and _ID.fullmatch(told):
        session().browser_id = told
    return session().browser_id


def listen() -> None:
    """Mount the invisible component that hands the id over. To be called once a run of the page, at its end."""
    data = {"proposal": session().proposed_id, "known": session().browser_id}
    _COMPONENT(key=KEY, data=data, on_id_change=lambda: None)
