"""The wastebasket empties itself at the end of a process."""

from __future__ import annotations

import threading

import pytest

from bn_core.runs.database import StoreUnavailable
from bn_core.runs.wastebasket import Wastebasket


def test_a_run_that_cannot_be_deleted_at_the_end_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    deleted = []

    def delete(run_id: str) -> None:
        if run_id == "stuck":
            raise StoreUnavailable("The disk is full.")
        deleted.append(run_id)

    basket = Wastebasket(delete)
    basket.put("stuck")
    basket.put("other")

    def no_more_threads(timer: threading.Timer) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Timer, "start", no_more_threads)
    basket.empty()
    assert deleted == ["other"]
    assert basket.take_back("stuck")
