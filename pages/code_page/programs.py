"""The two programs of a configuration side by side, and what their marks mean."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bn_core.config import Implementation, TrainingConfig
from bn_core.source_code import Listing, notebook, program
from pages.code_page.folding import in_sight
from pages.code_page.listing import listing
from pages.code_page.signs import signs
from pages.words.prose import prose

LEVELS: tuple[Implementation, ...] = ("layer", "by-hand")


def choose_view() -> str | None:
    """Draw the choice of how much of the programs is in sight, `marked` or `whole`, and return what was chosen."""
    text = prose("code")
    return st.segmented_control(
        text("view.label"),
        ("marked", "whole"),
        default="marked",
        required=True,
        key="code_view",
        format_func=lambda view: text(f"view.{view}"),
        label_visibility="collapsed",
        width="content",
    )


def programs(config: TrainingConfig, *, whole: bool) -> None:
    """Both programs, or the one that there is without batch norm.

    Args:
        whole: whether all lines are in sight, or only what the marked ones belong to.
    """
    if not config.normalized:
        left, right = st.columns(2, gap="medium")
        with left:
            _column(replace(config, implementation="layer"), "none", whole=whole)
        right.markdown(prose("code")("only-one"))
        return
    for place, level in zip(st.columns(2, gap="medium"), LEVELS, strict=True):
        with place:
            _column(replace(config, implementation=level), level, whole=whole)


def file_name(config: TrainingConfig) -> str:
    """What a downloaded program is called, without its ending."""
    parts = ["batch_norm", config.placement]
    if config.normalized:
        parts.append(config.implementation.replace("-", "_"))
    return "_".join(parts)


def _column(config: TrainingConfig, level: str, *, whole: bool) -> None:
    text = prose("code")
    made = program(config)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(text(f"level.{level}"), width="content", anchor=False)
        st.space("stretch")
        with st.container(horizontal=True, width="content", gap="xsmall"):
            _downloads(config, made, level)
    listing(
        made.text,
        key=f"program-{level}",
        label=text(f"level.{level}"),
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
            help=prose("code")(f"download.{ending}"),
            on_click="ignore",
            icon=":material/download:",
        )
