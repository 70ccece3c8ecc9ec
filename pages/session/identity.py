"""Who is asking: a random id that the browser keeps, so that a run belongs to whoever started it.

The id lives in the browser's local storage and reaches the server over the page's own connection, never in an address.
It is the same after a refresh and in the browser's other tabs. Where storage is blocked, it lasts as long as the tab's
session.
"""

from __future__ import annotations

import re
import secrets

import streamlit as st

KEY = "browser"
ID = "browser_id"
_PROPOSAL = "browser_id_proposal"

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
    """The browser's id; None for the fraction of a second before a new page has heard of it."""
    state = st.session_state.get(KEY)
    told = None if state is None else state.get("id")
    if isinstance(told, str) and _ID.fullmatch(told):
        st.session_state[ID] = told
    return st.session_state.get(ID)


def listen() -> None:
    """Mounts the invisible component that hands the id over. To be called once a run of the page, at its end."""
    proposal = st.session_state.setdefault(_PROPOSAL, secrets.token_urlsafe(24))
    _COMPONENT(
        key=KEY,
        data={"proposal": proposal, "known": st.session_state.get(ID)},
        on_id_change=lambda: None,
    )
