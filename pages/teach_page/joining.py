"""How a class comes in: a QR code, and the address that it stands for."""

from __future__ import annotations

import io

import segno
import streamlit as st

from pages.following.given import Given
from pages.teach_page.addresses import addresses, listens_here_only
from pages.teach_page.giving_text import TEXT
from pages.words.plain_text import plain

WIDTH = 320
"""Pixels of the QR code: from the back row a phone reads it."""


def joining(now: Given) -> None:
    """Draw both for the talk that is given."""
    st.subheader(TEXT("join.heading"), anchor=False)
    found = addresses("teach")
    if not found:
        st.warning(TEXT("join.loopback" if listens_here_only() else "join.nowhere"))
        return
    base = found[0]
    if len(found) > 1:
        base = st.segmented_control(TEXT("join.choose"), found, default=found[0], required=True, key="join-network")
    address = f"{base}?talk={now.state.id}"
    with st.container(horizontal=True, vertical_alignment="center", gap="large", key="joining"):
        st.image(_qr_code(address), width=WIDTH, alt=TEXT("join.qr", address=address))
        with st.container(width="stretch"):
            st.markdown(TEXT("join.how", address=plain(address)))
            st.code(address, language=None)


def _qr_code(address: str) -> bytes:
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="png", scale=10, border=4)
    return picture.getvalue()
