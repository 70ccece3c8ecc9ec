"""What a scene of a talk may set on its page: judged by what reads the addresses of the app's pages. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping

from bn_core.config import TrainingConfig, shown
from pages.session import settings
from pages.session.location import parse
from pages.words.prose import prose


def wrong_with(page: str, address: Mapping[str, str]) -> tuple[str, ...]:
    """Return one sentence for each thing that is wrong with a scene's page and address; none where both can be used.

    Args:
        page: by its file; address: its parameters, `run` being a run's id.
    """
    text = prose("app")
    if page not in settings.SETTINGS:
        return (text("address.scene-page", page=shown(page), pages=", ".join(settings.SETTINGS)),)
    location = parse(address, TrainingConfig(), page)
    # An address with these means another page, which the person would be led to.
    if page in settings.WITHOUT_CONFIG and (location.configured or location.run is not None):
        return (text("address.scene-elsewhere", page=shown(page)),)
    return location.problems
