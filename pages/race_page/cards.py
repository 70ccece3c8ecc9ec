"""The findings below the race: a small picture, one computed sentence, and the page that shows more of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from bn_core.names import NETWORK_BY_KEY
from pages.browser.component import component
from pages.parts import glossary
from pages.parts.onward import onward
from pages.race_page import findings, pictures, sentences
from pages.race_page.material import Material
from pages.session import presenter
from pages.words.prose import prose

TEXT = prose("race")

PICTURE_WIDTH = 260
"""Pixels below which the words in a picture would be hard to read."""

_COMPONENT = component("finding", __file__)


@dataclass(frozen=True)
class Card:
    """One finding.

    Attributes:
        key: its table in the prose.
        page: that shows more, by its file.
        address: that page's URL parameters.
    """

    key: str
    svg: str
    sentence: str
    page: str
    address: Mapping[str, str]


@functools.cache
def cards(made_of: Material) -> tuple[Card, ...]:
    """The four findings, as the recording has them."""
    return _signal(made_of), _learning(made_of), _lag(made_of), _without(made_of)


def show(made_of: Material) -> None:
    """Put the findings on the page, side by side where there is room."""
    width = round(PICTURE_WIDTH * presenter.scale())
    grid = st.grid(2 if presenter.on() else 4, min_column_width=width, gap=("small", "medium"), key="findings")
    for card in cards(made_of):
        with grid.cell():
            st.header(TEXT(f"findings.{card.key}.title"))
            put(card.key, card.svg)
            st.caption(TEXT(f"findings.{card.key}.source"))
            glossary.write(card.sentence)
            onward(card.page, TEXT(f"findings.{card.key}.link"), card.address)


def put(key: str, svg: str) -> None:
    """Put a picture on the page, as wide as its place."""
    _COMPONENT(key=f"finding-{key}", data={"svg": svg})


def _signal(made_of: Material) -> Card:
    sentence = sentences.of_signal(made_of.signal)
    svg = pictures.signal_picture(made_of.signal, _alt("signal", sentence))
    return Card("signal", svg, sentence, "layers", {"run": made_of.lane("none").run.id, "step": "0"})


def _learning(made_of: Material) -> Card:
    keys = made_of.seeds.normalized
    sentence = sentences.of_learning(made_of.seeds)
    start = findings.axis_start(min(made_of.seeds.of(keys)))
    svg = pictures.strip_picture(made_of.seeds, _names(keys), start, _alt("learning", sentence))
    return Card("learning", svg, sentence, "train", {"run": made_of.lane("after-bias").run.id})


def _lag(made_of: Material) -> Card:
    lane = made_of.lane("before")
    found = findings.lag(lane, made_of.snapshot_steps)
    sentence = sentences.of_lag(found)
    svg = pictures.lag_picture(lane, found.step, _alt("lag", sentence))
    return Card("lag", svg, sentence, "population", {"run": lane.run.id, "step": f"{found.step}"})


def _without(made_of: Material) -> Card:
    sentence = sentences.of_without(made_of.seeds)
    names = _names(("none", "none-he", "before", "after"))
    svg = pictures.strip_picture(made_of.seeds, names, 0, _alt("without", sentence))
    return Card("without", svg, sentence, "train", {"run": findings.other_side(made_of.seeds, made_of.runs["none-he"])})


def _names(keys: Iterable[str]) -> dict[str, str]:
    return {key: NETWORK_BY_KEY[key].line for key in keys}


def _alt(key: str, sentence: str) -> str:
    return TEXT(f"findings.{key}.alt", sentence=glossary.bare(sentence))
