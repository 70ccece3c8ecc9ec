"""The race: six recorded networks on one axis, a question, and four findings. The home page."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import library
from pages import frame
from pages.parts import glossary
from pages.parts.onward import to_next
from pages.race_page import cards, meaning, sentences
from pages.race_page.material import material
from pages.race_page.pointer import pointer
from pages.race_page.track import track
from pages.session import entrance, identity, presenter, url_state
from pages.tour import bar
from pages.words.prose import prose

TEXT = prose("race")

frame.begin(TEXT)
here = url_state.read()
# Links to a run or a configuration that name no page are older than this page, and mean the one they were made on.
if here.run is not None or here.configured:
    st.switch_page("pages/train.py", query_params=st.query_params.to_dict())
entrance.settle_alone()
made_of = material(library())
told = presenter.on() or url_state.in_scene()
with meaning.beside(None if told else meaning.meaning(library())):
    with frame.title_row(TEXT):
        bar.invite()
    if not told:
        with st.container(key="meaning-words"):
            glossary.write(TEXT("meaning.what"))
            glossary.write(TEXT("intro"))
frame.warn(entrance.problems())
if made_of is None:
    st.info(TEXT("missing"))
else:
    track(made_of)
    cards.show(made_of)
    st.caption(sentences.source_long(made_of))
    pointer()
to_next("one_batch", TEXT("next"))
presenter.switch()
identity.listen()
