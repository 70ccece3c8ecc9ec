"""What is shown at an address that is no page's: one sentence, and the pages that there are."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.parts.onward import onward
from pages.session import entrance, identity
from pages.session.nowhere import Wrong
from pages.session.session import kept, session
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT, PAGES = prose("nowhere"), prose("app")

name, known = session().page, kept(Wrong).pages
words = (name or "").lower().replace("-", " ").replace("_", " ")
# Whoever writes what the navigation calls a page means that page, and the home page has no name in its address.
for meant in known:
    if words == PAGES(f"pages.{meant}").lower() or name == known[0] == meant:
        st.switch_page(f"pages/{meant}.py", query_params=st.query_params.to_dict())
frame.begin(TEXT)
entrance.settle_alone()
st.title(TEXT("title"))
st.markdown(plain(TEXT("sentence", name=name)))
for page in known:
    onward(page, PAGES(f"pages.{page}"))
identity.listen()
