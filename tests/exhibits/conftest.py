"""A small library: two full runs, and two of which curves are kept, one of them failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bn_core.exhibits import Library
from bn_core.exhibits.catalogue import exhibits
from bn_core.exhibits.recording.publish import publish
from bn_core.exhibits.recording.recording import Recording
from bn_core.training.events import pack
from tests.exhibits.made_up import BEFORE, CURVES, NONE, recording, told


@pytest.fixture(scope="session")
def recordings() -> dict[str, Recording]:
    """By key of the exhibit."""
    by_key = {exhibit.key: exhibit for exhibit in exhibits()}
    failed = by_key["learning-rate-x15"]
    events = [event for event in told(failed.config, fails=True) if type(event).__name__ in CURVES]
    made = [
        recording(BEFORE),
        recording(NONE),
        recording(by_key["before-seed-3"]),
        recording(failed, events=[pack(event) for event in events]),
    ]
    return {each.exhibit.key: each for each in made}


@pytest.fixture(scope="session")
def folder(recordings: dict[str, Recording], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they are published."""
    work, data = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("data")
    for key, each in recordings.items():
        each.save(work / f"{key}.zip")
    publish(sorted(work.iterdir()), data, exhibits())
    return data


@pytest.fixture
def shelf(folder: Path) -> Library:
    return Library(folder)
