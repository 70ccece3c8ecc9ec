"""The part of the page that goes step by step: the picture, what there is to see in it, and the formula in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bn_core.batch_norm.walkthrough import Stage
from pages.one_batch_page import formulas, picture, words
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.picture import At
from pages.one_batch_page.scene import Scene
from pages.session.session import kept
from pages.words.prose import prose


@dataclass
class Place:
    """Where the person is: the step, and the image whose numbers the formulas have. A browser can send any."""

    at: object = "all"
    row: int = 0


@st.fragment
def steps_panel(shelf: Shelf, scene: Scene) -> None:
    """The picture at the step where the person is, with Back and Next."""
    text = prose("one-batch")
    at, chosen = _at(scene), _row(scene)
    caption = words.caption(scene, at)
    places: list[At] = ["all", *scene.walk.stages]
    here = places.index(at)
    picture.draw(picture.drawn(scene, shelf.batch, at, chosen, caption), _go_where_told, _choose_row)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="one-batch-steps"):
        st.button(
            text("controls.back"),
            key="one-batch-back",
            shortcut="B",
            disabled=here == 0,
            on_click=_go,
            args=(places[max(0, here - 1)],),
        )
        st.button(
            text("controls.next"),
            key="one-batch-next",
            shortcut="N",
            type="primary",
            disabled=here == len(places) - 1,
            on_click=_go,
            args=(places[min(len(places) - 1, here + 1)],),
        )
    with st.container(key="one-batch-words", gap="small"):
        st.markdown(f"**{caption}**")
        if at == "all":
            with st.expander(text("formula.all")):
                for stage in scene.walk.stages:
                    _formula(scene, stage, chosen)
        else:
            _formula(scene, at, chosen)


def _formula(scene: Scene, stage: Stage, row: int) -> None:
    symbols, numbers = formulas.symbols(scene, stage), formulas.numbers(scene, stage, row)
    st.markdown(f"$\\displaystyle {symbols}$ &emsp; $\\displaystyle {numbers}$")


def _at(scene: Scene) -> At:
    at = kept(Place).at
    return next((stage for stage in scene.walk.stages if stage == at), "all")


def _row(scene: Scene) -> int:
    return min(kept(Place).row, scene.shown - 1)


def _go(at: object) -> None:
    kept(Place).at = at


def _go_where_told() -> None:
    told = picture.told("go")
    if isinstance(told, str):
        _go(told)


def _choose_row() -> None:
    told = picture.told("row")
    if isinstance(told, int) and told >= 0:
        kept(Place).row = told
