"""What the theme's settings cannot say of the look: one small style sheet for all pages."""

from __future__ import annotations

import streamlit as st

_STYLE = """
<style>
/* Streamlit writes a selected choice in the primary colour, which is too dark to read on a dark page. */
button[data-variant="segmented_control"][data-selected="true"], button[data-variant="pills"][data-selected="true"] {
  color: inherit !important; font-weight: 600;
}
/* Glossary terms: see glossary.py. */
.term { text-decoration: underline dotted; text-underline-offset: 0.2em; cursor: help; position: relative; }
.term:hover, .term:focus { outline-offset: 2px; }
.term > span { display: none; }
.term:hover > span, .term:focus > span {
  display: block; position: absolute; left: 0; top: 1.7em; z-index: 1000; width: max-content;
  max-width: min(22rem, 80vw);
  padding: 0.5rem 0.75rem; border-radius: 8px; font-size: 0.875rem; line-height: 1.4; font-weight: 400;
  background: #1F2A37; color: #FFFFFF; box-shadow: 0 2px 10px rgb(0 0 0 / 0.25);
}
/* Where the browser can: on whichever side of the term there is room for it in the window. */
@supports (position-area: bottom span-right) {
  @media (min-width: 641px) {
    .term { anchor-name: --term; anchor-scope: --term; }
    .term:hover > span, .term:focus > span {
      position: fixed; inset: auto; margin: 0.25rem 0; position-anchor: --term; position-area: bottom span-right;
      position-try-fallbacks: bottom span-left, top span-right, top span-left;
    }
  }
}
@media (max-width: 640px) {
  .term:hover > span, .term:focus > span {
    position: fixed; left: 5vw; right: 5vw; top: auto; bottom: 1rem; width: auto; max-width: none;
  }
}
/* On a phone what is said of a run wraps below its name, and stays closer to it than to the next run. */
@media (max-width: 640px) {
  .st-key-shelf .stHorizontalBlock, .st-key-recorded-shelf .stHorizontalBlock { row-gap: 0; padding-bottom: 0.75rem; }
}
</style>
"""


def put_on() -> None:
    """Puts the style sheet on the page."""
    st.html(_STYLE)
