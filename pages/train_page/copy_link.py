"""A button that copies the address of a run, for others to follow it."""

from __future__ import annotations

import streamlit as st

_HTML = """
<button type="button"><span class="label">Copy link</span></button>
<input readonly hidden aria-label="The link to this run">
<span class="said" role="status"></span>
"""

_STYLE = """
:host { display: block; }
button {
  font: inherit; font-size: 0.875rem; cursor: pointer; white-space: nowrap;
  min-height: 2.5rem; padding: 0.25rem 0.5rem; border: 1px solid transparent; border-radius: var(--st-button-radius);
  background: transparent; color: var(--st-text-color); font-family: var(--st-font);
}
button:hover { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
input {
  font: inherit; font-size: 0.875rem; width: 100%; box-sizing: border-box; padding: 0.35rem 0.5rem; margin-top: 0.25rem;
  color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
}
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""

# Without HTTPS (a workshop's own network) browsers offer no clipboard: the old command is tried, then the link is shown
# for the person to copy.
_SCRIPT = """
export default function (component) {
  const { data, parentElement } = component
  const button = parentElement.querySelector("button")
  const label = parentElement.querySelector(".label")
  const field = parentElement.querySelector("input")
  const said = parentElement.querySelector(".said")

  const confirm = (text) => {
    label.textContent = text
    said.textContent = text
    clearTimeout(button.timer)
    button.timer = setTimeout(() => { label.textContent = "Copy link"; said.textContent = "" }, 2500)
  }
  const byHand = (link) => {
    field.hidden = false
    field.value = link
    field.focus()
    field.select()
    let copied = false
    try { copied = document.execCommand("copy") } catch (refused) { copied = false }
    if (copied) { field.hidden = true; button.focus(); confirm("Link copied") }
    else confirm("Press Ctrl+C or ⌘C")
  }
  field.onblur = () => { field.hidden = true }
  button.onclick = async () => {
    const link = new URL(window.location.href)
    link.search = "?run=" + encodeURIComponent(data.run)
    link.hash = ""
    try {
      await navigator.clipboard.writeText(link.href)
      confirm("Link copied")
    } catch (refused) {
      byHand(link.href)
    }
  }
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.copy_link", html=_HTML, css=_STYLE, js=_SCRIPT)


def copy_link(run_id: str) -> None:
    """The button for this run."""
    _COMPONENT(key="copy-link", data={"run": run_id}, width="content")
