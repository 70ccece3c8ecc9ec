"""What stands below the picture: which values share a mean, how many they are, and the bias that cancels."""

from __future__ import annotations

import streamlit as st

from pages.one_batch_page import bias, counts, sharing, words
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.scene import Scene
from pages.one_batch_page.text import TEXT
from pages.parts import glossary
from pages.session import presenter


def sections(shelf: Shelf, scene: Scene) -> None:
    """Draw them one after the other."""
    st.space("medium")
    st.header(TEXT("bias.title"), anchor=False)
    bias.draw(scene, shelf.batch)

    st.space("medium")
    st.header(TEXT("sharing.title"), anchor=False)
    glossary.write(TEXT("sharing.intro"))
    channel = shelf.channel(scene.channel.step, sharing.LAYER, 0)
    if channel is not None:
        sharing.draw(channel, shelf.batch, shelf.architecture)
        st.caption(words.maps_provenance(channel))

    st.space("medium")
    st.header(TEXT("counts.title"), anchor=False)
    glossary.write(TEXT("counts.intro"))
    counts.draw(shelf.member.record.config, scene.channel.layer, scene.images, presenter.scale())
