"""The race: six recorded networks on one axis, a question, and four findings. The home page."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import library
from pages import frame
from pages.parts import glossary
from pages.parts.onward import onward
from pages.race_page import cards, sentences
from pages.race_page.material import material
from pages.race_page.track import track
from pages.session import identity, presenter, url_state
from pages.words.prose import prose

TEXT = prose("race")

frame.begin(TEXT)
here = url_state.here()
# Links to a run or a configuration that name no page are older than this page, and mean the one they were made on.
if here.run is not None or here.configured:
    st.switch_page("pages/train.py", query_params=st.query_params.to_dict())
made_of = material(library())
frame.title(TEXT)
glossary.write(TEXT("intro"))
frame.warn(here.problems)
if made_of is None:
    st.info(TEXT("missing"))
else:
    track(made_of)
    cards.show(made_of)
    st.caption(sentences.source_long(made_of))
onward("one_batch", TEXT("next"))
presenter.switch()
identity.listen()
