"""The race: six recorded networks on one axis, a question, and four findings. The home page."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import library
from pages.race_page import cards, sentences
from pages.race_page.material import material
from pages.race_page.track import track
from pages.session import entrance, identity, presenter, url_state
from pages.words import glossary
from pages.words.plain_text import plain
from pages.words.prose import prose

entrance.through_app()
here = url_state.here()
# Links to a run or a configuration that name no page are older than this page, and mean the one they were made on.
if here.run is not None or here.configured:
    st.switch_page("pages/train.py", query_params=st.query_params.to_dict())

text = prose("race")
made_of = material(library())
st.set_page_config(page_title="Batch Norm Lab")
st.title(text("title"))
glossary.write(text("intro"))
if here.problems:
    st.warning("  \n".join(plain(sentence) for sentence in here.problems))
if made_of is None:
    st.info(text("missing"))
else:
    track(made_of)
    cards.show(made_of)
    st.caption(sentences.source_long(made_of))
st.page_link(
    "pages/one_batch.py",
    label=text("next.one-batch"),
    icon=":material/arrow_forward:",
    query_params=cards.presented({}),
)

presenter.switch()
identity.listen()
