"""How a class comes in: a QR code, and the address that it stands for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import segno
import streamlit as st

from pages.following.given import Given
from pages.session import presenter
from pages.session.addresses import addresses, choose, likeliest, listens_here_only, to_talk
from pages.session.session import widget
from pages.teach_page.giving_text import TEXT
from pages.words.plain_text import plain

NETWORK = "join-network"

WIDTH = 320
"""Pixels of the QR code. Before a room it is as large as the screen allows: see `presenter.css`."""


@contextmanager
def joining(now: Given) -> Iterator[None]:
    """Draw both for the talk that is given; what is drawn inside stands below the address.

    A room sees no heading above them: the code has the screen.
    """
    if not presenter.on():
        st.subheader(TEXT("join.heading"), anchor=False)
    found, base = addresses("teach"), likeliest("teach")
    if base is None:
        st.warning(TEXT("join.loopback" if listens_here_only() else "join.nowhere"))
        yield
        return
    address = to_talk(base, now.state.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="large", key="joining"):
        with st.container(width=WIDTH, key="qr-code"):
            st.image(_qr_code(address), width="stretch", alt=TEXT("join.qr", address=address))
        with st.container(width="stretch"):
            st.markdown(TEXT("join.how", address=plain(address)))
            if not presenter.on():
                st.code(address, language=None)  # with a button that copies it
            if len(found) > 1:
                st.segmented_control(
                    TEXT("join.choose"),
                    found,
                    default=base,
                    required=True,
                    key=NETWORK,
                    on_change=lambda: choose(widget(NETWORK)),
                )
            yield


def _qr_code(address: str) -> bytes:
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="png", scale=20, border=4)
    return picture.getvalue()
