"""Code: the program of the chosen configuration at both levels, with what the choices decide marked.

It is not called code.py: where pages/ is on Python's path, that would hide the standard library's module.
"""

from __future__ import annotations

import streamlit as st

from bn_core.source_code import running_layer
from pages.code_page.choices import choices, chosen_elsewhere
from pages.code_page.idioms import idioms
from pages.code_page.listing import listing
from pages.code_page.programs import programs
from pages.session import controls, desk, entrance, identity, presenter
from pages.session.startup import service
from pages.words import glossary
from pages.words.plain_text import plain
from pages.words.prose import prose

entrance.through_app()
desk.settle(service())
text = prose("code")

st.set_page_config(page_title=f"{text('title')} · Batch Norm Lab")
st.title(text("title"))
glossary.write(text("intro"))
with st.container(key="address"):
    if problems := desk.problems():
        st.warning("  \n".join(plain(sentence) for sentence in problems))
config = controls.chosen()
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
    choices(config)
    st.space("stretch")
    st.page_link("pages/train.py", label=text("all-choices"), icon=":material/tune:")
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="view"):
    view = st.segmented_control(
        text("view.label"),
        ("marked", "whole"),
        default="marked",
        required=True,
        key="code_view",
        format_func=lambda view: text(f"view.{view}"),
        label_visibility="collapsed",
        width="content",
    )
    st.caption(f"{text('legend')}  \n{chosen_elsewhere(config)}".strip(), width="content")
programs(config, whole=view == "whole")

st.subheader(text("running.title"))
glossary.write(text("running.words"))
left, right = st.columns(2, gap="medium")
for place, names in ((left, running_layer.ARITHMETIC), (right, (running_layer.WRAPPER,))):
    with place:
        for name in names:
            excerpt = running_layer.excerpt(name)
            listing(excerpt.text, key=f"running-{name}", label=name, first=excerpt.first, copy=False)

st.subheader(text("idiom.title"))
glossary.write(text("idiom.words"))
idioms(config)

st.space("small")
st.page_link("pages/train.py", label=text("next"), icon=":material/arrow_forward:")
presenter.switch()
identity.listen()
