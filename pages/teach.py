"""Teach: give a talk to a class. What is the presenter's alone is not drawn in presenter mode, which a room sees."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.store import StoreUnavailable
from pages import frame
from pages.session import entrance, presenter, right
from pages.session.startup import service
from pages.teach_page.giving import giving
from pages.teach_page.key_field import key_field
from pages.teach_page.text import TEXT
from pages.teach_page.trainings import trainings

frame.begin(TEXT)
entrance.settle_alone()
frame.title(TEXT)
frame.introduce(TEXT)
try:
    who = right.presenter()
except StoreUnavailable:
    who = None  # the top of the page says why
if who is None:
    st.markdown(TEXT("key.why"))
    key_field()
else:
    giving(who)
    if not presenter.on():
        trainings(service(), who)
        st.button(TEXT("key.leave"), key="present-no-more", type="tertiary", on_click=right.leave, args=(who,))
frame.end(TEXT, "race")
