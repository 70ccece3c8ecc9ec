"""What a person picks to look at closely: a test image, its company, and how its scores are written.

The session holds the image, since two controls and the picture of all images can change it; each control is replaced by
a new one when another changed the value under it. A control that was replaced is heard again with every message of the
browser that was under way by then, and must not take back what was picked: see `pages.parts.chosen`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from bn_core.chart_tables.answers import Measure
from bn_core.protocol import ONE_BY_ONE_IMAGES
from bn_core.questions.questions import Company
from pages.one_image_page.text import TEXT
from pages.session.session import kept, widget

COMPANIES: tuple[Company, ...] = ("mixed", "same class", "blank", "alone")
"""What can share the batch with an image, in the order in which it is offered."""

MEASURES: tuple[Measure, ...] = ("logit", "sigmoid")

_COMPANY = "one-image-company"


@dataclass
class Picked:
    """The number of the test image that is looked at closely.

    Attributes:
        classes: how often a class was chosen.
        heard: the key of the latest control in which one was chosen, and the class.
    """

    image: int = 0
    classes: int = 0
    heard: tuple[str, int] | None = None


def image() -> int:
    """The number of the test image that is looked at closely."""
    return kept(Picked).image


def choose_image(number: int) -> None:
    """Looks closely at this test image. For callbacks."""
    kept(Picked).image = number % ONE_BY_ONE_IMAGES


def company() -> Company:
    """What shares the batch with it."""
    picked = widget(_COMPANY)
    return picked if picked in COMPANIES else COMPANIES[0]


def choose_digit(number: int, names: tuple[str, ...], labels: np.ndarray | None) -> None:
    """The controls for the image: by class, and from one to the next of the class.

    Args:
        number: of the image on the page.
        names: of the ten classes.
        labels: of the test images that are offered; None where they are not known: then the next is the next of all.
    """
    if labels is None:
        members = np.arange(ONE_BY_ONE_IMAGES)
        st.markdown(TEXT("company.which-unknown", number=number))
    else:
        members = np.flatnonzero(labels == labels[number])
        _choose_class(int(labels[number]), names, labels)
        st.markdown(TEXT("company.which", number=number, name=names[labels[number]]))
    at = int(np.searchsorted(members, number))
    with st.container(horizontal=True, gap="small"):
        for key, by, side in (("previous", -1, "left"), ("next", 1, "right")):
            st.button(
                TEXT(f"company.{key}"),
                key=f"one-image-{key}",
                icon=f":material/chevron_{side}:",
                icon_position="left" if by < 0 else "right",
                on_click=choose_image,
                args=(int(members[(at + by) % len(members)]),),
                disabled=len(members) < 2,
            )


def choose_company() -> None:
    """The control for what shares the batch."""
    st.radio(
        TEXT("company.choose"),
        COMPANIES,
        index=COMPANIES.index(company()),
        format_func=lambda kind: TEXT(f"company.{kind}"),
        key=_COMPANY,
    )


def choose_measure() -> Measure:
    """The control for how scores are written, and what it says."""
    picked = st.segmented_control(
        TEXT("company.scores"),
        MEASURES,
        default=MEASURES[0],
        required=True,
        format_func=lambda measure: TEXT(f"company.{measure}"),
        key="one-image-measure",
    )
    return picked or MEASURES[0]


def _choose_class(label: int, names: tuple[str, ...], labels: np.ndarray) -> None:
    """The control for the class; choosing one looks at the first image of it."""
    digits = all(len(name) == 1 for name in names)
    state = kept(Picked)
    # No control comes back once a class was chosen in it.
    key = f"one-image-class-{label}-{state.classes}"
    there = np.unique(labels).tolist()

    def go() -> None:
        picked = widget(key)
        if picked in there and picked != label and (key, picked) != state.heard:
            state.heard, state.classes = (key, picked), state.classes + 1
            choose_image(int(np.flatnonzero(labels == picked)[0]))

    st.segmented_control(
        TEXT("company.class" if digits else "company.class-garment"),
        there,
        default=label,
        required=True,
        format_func=lambda member: names[member],
        key=key,
        on_change=go,
        wrap=True,
    )
