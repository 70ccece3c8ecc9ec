"""The choice of the placement on the page itself: on a phone the side bar with all the controls is folded away."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bn_core.config import FIELD_BY_NAME, TrainingConfig
from bn_core.names import ORDERS
from pages.session import controls, setting


def quick_choice(config: TrainingConfig) -> None:
    """Draw the choice. The style sheet shows it only where the side bar is folded away."""
    field = FIELD_BY_NAME["placement"]
    with st.container(key="quick-choice"):
        st.segmented_control(
            field.label,
            list(ORDERS),
            default=config.placement,
            required=True,
            format_func=partial(controls.written, field.name),
            width="stretch",
            **setting.control("quick-placement", config.placement, change=partial(controls.choose, field.name)),
        )
