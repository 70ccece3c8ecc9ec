"""What stands below the picture: which values share a mean, how many they are, and the bias that cancels."""

from __future__ import annotations

import streamlit as st

from pages.one_batch_page import bias, counts, sharing, words
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.choice import Choice
from pages.parts import glossary
from pages.session import presenter
from pages.words.prose import prose


def sections(shelf: Shelf, choice: Choice) -> None:
    """Draws them one after the other."""
    text = prose("one-batch")
    st.space("medium")
    st.header(text("bias.title"), anchor=False)
    bias.draw(choice, shelf.batch)

    st.space("medium")
    st.header(text("sharing.title"), anchor=False)
    glossary.write(text("sharing.intro"))
    channel = shelf.channel(choice.channel.step, sharing.LAYER, 0)
    if channel is not None:
        sharing.draw(channel, shelf.batch, shelf.architecture)
        st.caption(words.maps_provenance(channel))

    st.space("medium")
    st.header(text("counts.title"), anchor=False)
    glossary.write(text("counts.intro"))
    counts.draw(shelf.member.record.config, choice.channel.layer, choice.batch_size, presenter.scale())
