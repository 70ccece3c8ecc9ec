"""What is shown where the store, or a setting, cannot be used: one sentence, and what to do."""

from __future__ import annotations

import streamlit as st

from pages.session import startup
from pages.session.alone import alone
from pages.session.session import session
from pages.words.plain_text import plain
from pages.words.prose import prose

LOOK_SECONDS = 5.0
"""How often a page without a store looks whether there is one again."""


def of_the_store() -> None:
    """Say what is wrong with the store, above the page, and draw the page again as soon as the store can be used."""
    session().with_store = not startup.store_trouble()
    if not session().with_store:
        st.fragment(alone(_until_it_works), run_every=LOOK_SECONDS)()
    elif note := startup.store_note():
        st.info(plain(note))


def _until_it_works() -> None:
    sentence = startup.store_trouble()
    if not sentence:
        st.rerun()
    st.warning(plain(sentence))
    st.caption(prose("app")("trouble.store"))
