"""All of one's runs are deleted at once: those that nothing works on, and nobody else's."""

from __future__ import annotations

import pytest

from bn_core.config import TrainingConfig
from bn_core.runs import wastebasket
from bn_core.runs.records import NotPossible, owner_hash
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from tests.runs.stand_ins import tamper

ME, SOMEBODY = "the-browser-of-this-test", "the-browser-of-another-person"
CONFIG = TrainingConfig.of({"batches": 20})


def ended(store: Store, owner: str = ME, sweep: str | None = None, seed: int = 0) -> str:
    config = CONFIG.with_(seed=seed)
    run = store.add_member(sweep, config) if sweep else store.add_run(config, str(owner_hash(owner)))
    store.take_requests()
    store.set_status(run, "running")
    store.set_status(run, "finished")
    return run


def test_those_that_nothing_works_on_are(store: Store) -> None:
    service = RunService(store)
    mine, theirs = ended(store), ended(store, SOMEBODY)
    queued = store.add_run(CONFIG, str(owner_hash(ME)))
    sweep = store.add_sweep('[varied]\nseed = "0-4"\n', str(owner_hash(ME)))
    member = ended(store, sweep=sweep)
    deleted = service.delete_all(ME)
    assert (deleted.runs, deleted.busy) == ((mine,), 2)
    assert [service.run(run) is None for run in (mine, theirs, queued, member)] == [True, False, False, False]
    store.set_sweep(sweep, "stopped")
    assert service.delete_all(ME).runs == (member,)
    service.undelete(mine, ME)
    assert service.run(mine) is not None
    assert service.run(member) is None


def test_a_damaged_one_goes_along(store: Store) -> None:
    service, run = RunService(store), ended(store)
    tamper(store, "UPDATE runs SET test_accuracy = 0.99 WHERE id = ?", run)
    assert service.damaged(ME) == [run]
    assert service.delete_all(ME).runs == (run,)
    assert service.damaged(ME) == []


def test_after_a_while_they_leave_the_store_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    timers = []

    class Timer:
        def __init__(self, seconds: float, act) -> None:
            timers.append((seconds, act))

        def start(self) -> None:
            pass

    monkeypatch.setattr(wastebasket.threading, "Timer", Timer)
    service = RunService(store)
    first, second, third = (ended(store, seed=seed) for seed in range(3))
    service.delete_all(ME)
    service.undelete(first, ME)
    ((seconds, act),) = timers
    assert seconds == wastebasket.UNDO_SECONDS
    service.undelete(third, ME)
    service.delete(third, ME)  # waits anew, by a timer of its own
    act()
    assert store.run(first) is not None
    assert store.run(second) is None
    assert store.run(third) is not None
    timers[1][1]()
    assert store.run(third) is None


def test_who_has_no_id_deletes_nothing(store: Store) -> None:
    with pytest.raises(NotPossible):
        RunService(store).delete_all("")
    assert RunService(store).disk_use(None).runs == 0


def test_what_is_used_is_what_is_recorded(store: Store) -> None:
    service, run = RunService(store, budget_bytes=5_000_000), ended(store)
    assert service.disk_use(ME).own == 0
    store.put_checkpoint(run, 0, bytes(1234))
    use = service.disk_use(ME)
    assert (use.runs, use.busy, use.own, use.budget) == (1, 0, 1234, 5_000_000)
    assert service.disk_use(SOMEBODY).own == 0
