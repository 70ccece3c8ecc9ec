"""The two programs of a configuration side by side, and what their marks mean."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bn_core.config import Implementation, TrainingConfig
from bn_core.source_code import Listing, notebook, program
from pages.code_page.folding import in_sight
from pages.code_page.listing import listing
from pages.code_page.signs import signs
from pages.code_page.text import TEXT
from pages.session import setting

LEVELS: tuple[Implementation, ...] = ("layer", "by-hand")


def choose_view() -> str:
    """Draw the choice of how much of the programs is in sight, `marked` or `whole`, and return what was chosen."""
    view: str = setting.value("view")
    st.segmented_control(
        TEXT("view.label"),
        ("marked", "whole"),
        default=view,
        required=True,
        format_func=lambda view: TEXT(f"view.{view}"),
        label_visibility="collapsed",
        width="content",
        **setting.control("view", view),
    )
    return view


def programs(config: TrainingConfig, *, whole: bool) -> None:
    """Both programs, or the one that there is without batch norm.

    Args:
        whole: whether all lines are in sight, or only what the marked ones belong to.
    """
    columns = st.columns(2, gap="medium")
    levels = LEVELS if config.normalized else LEVELS[:1]
    for place, level in zip(columns, levels, strict=False):
        with place:
            _column(replace(config, implementation=level), whole=whole)
    if not config.normalized:
        columns[1].markdown(TEXT("only-one"))


def file_name(config: TrainingConfig) -> str:
    """What a downloaded program is called, without its ending."""
    parts = ["batch_norm", config.placement]
    if config.normalized:
        parts.append(config.implementation.replace("-", "_"))
    return "_".join(parts)


def _column(config: TrainingConfig, *, whole: bool) -> None:
    made = program(config)
    level = config.implementation if config.normalized else "none"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(TEXT(f"level.{level}"), width="content", anchor=False)
        st.space("stretch")
        with st.container(horizontal=True, width="content", gap="xsmall"):
            _downloads(config, made, level)
    listing(
        made.text,
        key=f"program-{level}",
        label=TEXT(f"level.{level}"),
        signs=signs(made, config),
        shown=None if whole else in_sight(made.text, {mark.line for mark in made.marks}),
    )


def _downloads(config: TrainingConfig, made: Listing, level: str) -> None:
    name = file_name(config)
    for ending, content, kind in (
        ("py", made.text, "text/x-python"),
        ("ipynb", notebook(made.text), "application/x-ipynb+json"),
    ):
        st.download_button(
            f".{ending}",
            content,
            f"{name}.{ending}",
            kind,
            key=f"download-{level}-{ending}",
            help=TEXT(f"download.{ending}"),
            on_click="ignore",
            icon=":material/download:",
        )
