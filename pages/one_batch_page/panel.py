"""The part of the page that goes step by step: the picture, what there is to see in it, and the formula in numbers."""

from __future__ import annotations

import streamlit as st

from bn_core.batch_norm.walkthrough import Stage
from pages.one_batch_page import picture, words
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.formulas import formula
from pages.one_batch_page.scene import At, Scene
from pages.one_batch_page.text import TEXT
from pages.session import presenter, setting
from pages.session.alone import drawn_alone
from pages.session.session import widget


@drawn_alone
def steps_panel(shelf: Shelf, scene: Scene) -> None:
    """The picture at the step where the person is, with Back and Next."""
    places: list[At] = ["all", *scene.walk.stages]
    at, chosen = setting.value("at", places), _row(scene)
    caption = words.caption(scene, at)
    drawn = picture.drawn(scene, shelf.batch, at, chosen, caption)
    # On a room's screen the buttons stand above the picture: a low one would have no room for them below.
    if presenter.on():
        _go_buttons(places, at)
    with st.container(key="one-batch-room"):
        picture.draw(picture.KEY, drawn, _go_where_told, _choose_row)
    if not presenter.on():
        _go_buttons(places, at)
    with st.container(key="one-batch-words", gap="small"):
        st.markdown(f"**{caption}**")
        if at == "all":
            with st.expander(TEXT("formula.all")):
                for stage in scene.walk.stages:
                    _formula(scene, stage, chosen)
        else:
            _formula(scene, at, chosen)


def _go_buttons(places: list[At], at: At) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="one-batch-steps"):
        _go_button("back", "B", places, at, -1)
        _go_button("next", "N", places, at, 1)


def _go_button(name: str, key: str, places: list[At], at: At, by: int) -> None:
    to = places.index(at) + by
    there = 0 <= to < len(places)
    st.button(
        TEXT(f"controls.{name}"),
        key=f"one-batch-{name}",
        shortcut=presenter.shortcut(key),
        type="primary" if by > 0 else "secondary",
        disabled=not there,
        on_click=_go,
        args=(places[to] if there else at,),
    )


def _formula(scene: Scene, stage: Stage, row: int) -> None:
    symbols, numbers = formula(scene, stage, row)
    st.markdown(f"$\\displaystyle {symbols}$ &emsp; $\\displaystyle {numbers}$")


def _row(scene: Scene) -> int:
    """The image whose numbers the formulas have, counted from 0; the address counts from 1."""
    number: int = setting.value("image")
    return min(number, scene.shown) - 1


def _go(at: object) -> None:
    setting.put("at", at)


def _go_where_told() -> None:
    _go(widget(picture.KEY).get("go"))


def _choose_row() -> None:
    row = widget(picture.KEY).get("row")
    if isinstance(row, int):
        setting.put("image", row + 1)
