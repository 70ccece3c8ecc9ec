"""What a person picks to look at closely: a test image, its company, and how its scores are written.

Two controls and the picture of all images can change the image: see `pages.session.setting`.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from bn_core.chart_tables.answers import Measure
from bn_core.protocol import ONE_BY_ONE_IMAGES
from bn_core.questions.questions import Company
from pages.one_image_page.text import TEXT
from pages.session import setting
from pages.session.settings import COMPANIES

MEASURES: tuple[Measure, ...] = ("logit", "sigmoid")


def image() -> int:
    """The number of the test image that is looked at closely."""
    number: int = setting.value("image")
    return number


def choose_image(number: int) -> None:
    """Look closely at this test image. For callbacks."""
    setting.put("image", number % ONE_BY_ONE_IMAGES)


def company() -> Company:
    """What shares the batch with it."""
    chosen: Company = setting.value("company")
    return chosen


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
        **setting.control("company", company()),
    )


def choose_measure() -> Measure:
    """The control for how scores are written, and what it says."""
    picked: Measure = setting.value("measure")
    st.segmented_control(
        TEXT("company.scores"),
        MEASURES,
        default=picked,
        required=True,
        format_func=lambda measure: TEXT(f"company.{measure}"),
        **setting.control("measure", picked),
    )
    return picked


def _choose_class(label: int, names: tuple[str, ...], labels: np.ndarray) -> None:
    """The control for the class; choosing one looks at the first image of it."""
    digits = all(len(name) == 1 for name in names)
    there = np.unique(labels).tolist()

    def go(picked: object) -> None:
        if picked in there:
            choose_image(int(np.flatnonzero(labels == picked)[0]))

    st.segmented_control(
        TEXT("company.class" if digits else "company.class-garment"),
        there,
        default=label,
        required=True,
        format_func=lambda member: names[member],
        wrap=True,
        **setting.control("class", label, change=go),
    )
