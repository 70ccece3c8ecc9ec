"""Two installations, each with a store and a service of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bn_core.runs.service import RunService
from bn_core.runs.store import Store

Installation = tuple[Store, RunService]


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[[], Installation]]:
    """Makes installations, each in a folder of its own."""
    made: list[Store] = []

    def another() -> Installation:
        made.append(Store.open(tmp_path / f"home-{len(made)}"))
        return made[-1], RunService(made[-1])

    yield another
    for store in made:
        store.close()


@pytest.fixture
def here(install: Callable[[], Installation]) -> Installation:
    return install()


@pytest.fixture
def there(install: Callable[[], Installation]) -> Installation:
    return install()
