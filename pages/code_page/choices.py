"""The choices that change the program most, above it; what else was chosen elsewhere is named."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bn_core.config import FIELD_BY_NAME, Choice, TrainingConfig
from bn_core.runs.records import RunRecord
from pages.code_page.signs import shown
from pages.code_page.text import TEXT
from pages.parts.status_words import label
from pages.session import controls
from pages.words.plain_text import plain

HERE = {"placement": "content", "bias": "content", "initializer": 220, "bug": 220}
"""The fields that can be chosen on this page, with their controls' widths. Of `implementation` both are shown."""


def choices(config: TrainingConfig) -> None:
    """Draw the controls of these fields, which are those of the page Train, and the way to all others."""
    placement = FIELD_BY_NAME["placement"]
    assert isinstance(placement, Choice)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        st.segmented_control(
            placement.label,
            placement.values,
            default=config.placement,
            required=True,
            format_func=partial(controls.written, "placement"),
            width="content",
            **controls.common(placement),
        )
        for name in ("bias", "initializer", "bug"):
            controls.control(name, config, width=HERE[name])
        st.space("stretch")
        st.page_link("pages/train.py", label=TEXT("all-choices"), icon=":material/tune:")


def of_run(run: RunRecord | None, config: TrainingConfig) -> str:
    """Return whether this is the program of the run that the address names; an empty text where it names none."""
    if run is None:
        return ""
    name = plain(f"{label(run)}, {run.id}")
    return TEXT("of-run" if run.config == config else "not-of-run", run=name)


def chosen_elsewhere(config: TrainingConfig) -> str:
    """Return the other choices that are not the default's, as a list; an empty text where there is none."""
    default = TrainingConfig()
    others = [
        f"{FIELD_BY_NAME[name].label} {shown(config, name)}"
        for name in FIELD_BY_NAME
        if name not in (*HERE, "implementation")
        and getattr(config, name) != getattr(default, name)
        and name not in config.idle
    ]
    return TEXT("elsewhere", others=", ".join(others)) if others else ""
