"""Sweeps in the engine: which member comes next, what is not trained again, and what is kept of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.engine.actions import Chore
from bn_core.engine.items import Ended
from bn_core.engine.reports import Done, Joined, Left
from bn_core.engine.sweep_feed import choose
from bn_core.runs.records import NotPossible
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import to_toml
from tests.engine.bench import OWNER, WARM, Bench
from tests.engine.factories import STARTED, checkpoint, items, scored, step

PLAN = Sweep.of("two", {"batches": 4, "batch_size": 8}, {"placement": ["none", "before"], "seed": [0, 1]})
NONE, BEFORE = (arm.members[0].compile_key for arm in PLAN.arms)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


def joined(bench: Bench, address: str, *programs: object) -> None:
    bench.coordinator.hear(Joined(address))
    bench.coordinator.hear(Done(Chore(address, "warm_up"), replace(WARM, programs=frozenset(programs))))


def begun(bench: Bench, plan: Sweep = PLAN) -> str:
    return bench.store.add_sweep(to_toml(plan), OWNER)


def look(bench: Bench) -> None:
    bench.look(1.0)


def end(bench: Bench, key: tuple[str, int], last: int = 4) -> None:
    bench.read(key, *items(STARTED, *map(step, range(1, last + 1)), scored(last)), Ended("finished"))


def placed(bench: Bench) -> list[tuple[str, TrainingConfig]]:
    return [(address, assignment.config) for address, assignment in bench.workers.placed]


def train_all(bench: Bench) -> None:
    """Look, and end what was placed, until nothing is placed any more."""
    done = 0
    while True:
        look(bench)
        if len(bench.workers.placed) == done:
            return
        for _, assignment in bench.workers.placed[done:]:
            done += 1
            end(bench, assignment.key)


class TestWhichComesNext:
    def test_a_worker_goes_on_with_what_it_has_compiled(self) -> None:
        assert choose(PLAN.members, {BEFORE}, {BEFORE}).compile_key == BEFORE

    def test_else_with_what_nobody_has(self) -> None:
        assert choose(PLAN.members, {"other"}, {"other", NONE}).compile_key == BEFORE

    def test_else_it_helps_where_most_is_left(self) -> None:
        pending = [member for member in PLAN.members if member.seed == 0 or member.compile_key == BEFORE]
        assert choose(pending, set(), {NONE, BEFORE}).compile_key == BEFORE

    @given(
        here=st.sets(st.sampled_from([NONE, BEFORE])),
        elsewhere=st.sets(st.sampled_from([NONE, BEFORE])),
        pending=st.lists(st.sampled_from(PLAN.members), min_size=1, unique=True),
    )
    def test_it_is_one_that_is_left(self, here, elsewhere, pending) -> None:
        assert choose(pending, here, here | elsewhere) in pending


def test_members_are_begun_as_workers_are_free_and_each_once(bench: Bench) -> None:
    joined(bench, "a", NONE)
    joined(bench, "b", BEFORE)
    sweep = begun(bench)
    look(bench)
    assert {(address, config.compile_key) for address, config in placed(bench)} == {("a", NONE), ("b", BEFORE)}
    assert bench.store.queued() == []
    train_all(bench)
    assert sorted(config.identity for _, config in placed(bench)) == sorted(one.identity for one in PLAN.members)
    assert all(config.compile_key == {"a": NONE, "b": BEFORE}[address] for address, config in placed(bench))
    record = bench.store.sweep(sweep)
    assert record is not None
    assert record.state == "finished"


def test_a_persons_own_run_comes_before_the_next_member(bench: Bench) -> None:
    joined(bench, "a", NONE)
    begun(bench)
    look(bench)
    (key,) = [assignment.key for _, assignment in bench.workers.placed]
    own = bench.store.add_run(TrainingConfig(), "e" * 64)
    end(bench, key)
    look(bench)
    assert bench.workers.placed[-1][1].key[0] == own


def test_what_was_trained_before_is_not_trained_again(bench: Bench) -> None:
    joined(bench, "a", NONE)
    begun(bench)
    train_all(bench)
    first = len(bench.workers.placed)
    larger = Sweep.of("three", dict(PLAN.fixed), {"placement": ["none", "before"], "seed": [0, 1, 2]})
    begun(bench, larger)
    train_all(bench)
    assert {config.seed for _, config in placed(bench)[first:]} == {2}
    assert len(bench.workers.placed) == first + 2


def test_what_somebody_else_trained_counts_only_where_it_is_shared(bench: Bench) -> None:
    joined(bench, "a", NONE)
    begun(bench)
    train_all(bench)
    first = len(bench.workers.placed)
    bench.store.share(bench.workers.placed[0][1].key[0], shared=True)
    bench.store.add_sweep(to_toml(PLAN), "e" * 64)
    train_all(bench)
    assert len(bench.workers.placed) == first + 3


def test_a_paused_sweep_begins_nothing_until_it_goes_on(bench: Bench) -> None:
    joined(bench, "a", NONE)
    sweep = begun(bench)
    look(bench)
    bench.store.set_sweep(sweep, "paused")
    train_all(bench)
    assert len(bench.workers.placed) == 1
    bench.store.set_sweep(sweep, "running")
    train_all(bench)
    assert len(bench.workers.placed) == len(PLAN.members)


def test_one_that_is_paused_as_the_engine_looks_keeps_no_other_waiting(bench: Bench, monkeypatch) -> None:
    joined(bench, "a", NONE)
    joined(bench, "b", NONE)
    paused = begun(bench)
    begun(bench, Sweep.of("another", {"placement": "none", "batches": 4}, {"seed": [10]}))
    as_they_were = bench.store.running_sweeps()
    monkeypatch.setattr(bench.store, "running_sweeps", lambda: as_they_were)
    bench.store.set_sweep(paused, "paused")
    look(bench)
    assert [config.seed for _, config in placed(bench)] == [10]


def test_one_that_ended_stays_so(bench: Bench) -> None:
    sweep = begun(bench)
    bench.store.set_sweep(sweep, "stopped")
    with pytest.raises(NotPossible):
        bench.store.set_sweep(sweep, "running")
    with pytest.raises(NotPossible):
        bench.store.add_member(sweep, TrainingConfig())
    with pytest.raises(NotPossible):
        bench.store.set_sweep("nosuchid00", "paused")


def test_one_that_cannot_be_read_is_stopped_and_holds_up_nothing(bench: Bench) -> None:
    joined(bench, "a", NONE)
    strange = bench.store.add_sweep("[varied]\nflavour = ['sweet']\n", OWNER)
    begun(bench)
    train_all(bench)
    record = bench.store.sweep(strange)
    assert record is not None
    assert record.state == "stopped"
    assert len(bench.workers.placed) == len(PLAN.members)


def test_its_members_are_in_no_list_of_runs(bench: Bench) -> None:
    joined(bench, "a", NONE)
    bench.store.add_sweep(to_toml(PLAN), OWNER, shared=True)
    own = bench.store.add_run(TrainingConfig(), OWNER)
    train_all(bench)
    assert len(bench.workers.placed) == 1 + len(PLAN.members)
    for found in (bench.store.runs(owner=OWNER), bench.store.listed(OWNER), bench.store.listed("e" * 64)):
        assert {run.id for run in found} <= {own}


def test_two_sweeps_take_turns(bench: Bench) -> None:
    joined(bench, "a", NONE)
    for seeds in ([0, 1], [10, 11]):
        begun(bench, Sweep.of("one", {"placement": "none", "batches": 4}, {"seed": seeds}))
    train_all(bench)
    assert [config.seed for _, config in placed(bench)] == [0, 10, 1, 11]


def test_a_member_lost_with_its_worker_goes_on_elsewhere(bench: Bench) -> None:
    joined(bench, "a", NONE)
    begun(bench)
    look(bench)
    ((_, assignment),) = bench.workers.placed
    bench.read(assignment.key, *items(STARTED, step(1)), checkpoint(1))
    bench.coordinator.hear(Left(("a",)))
    joined(bench, "b", BEFORE)
    look(bench)
    again = bench.workers.placed[1][1]
    assert again.key[0] == assignment.key[0]
    assert again.checkpoint is not None


def test_workers_that_have_compiled_nothing_begin_with_different_networks(bench: Bench) -> None:
    joined(bench, "a")
    joined(bench, "b")
    begun(bench)
    look(bench)
    assert {config.compile_key for _, config in placed(bench)} == {NONE, BEFORE}


def test_a_sweep_of_which_a_member_lost_its_workers_too_often_pauses_and_can_go_on(bench: Bench) -> None:
    sweep = begun(bench, Sweep.of("one", {"placement": "none", "batches": 4}, {"seed": [0, 1]}))
    for address in ("a", "b"):
        joined(bench, address, NONE)
        look(bench)
        bench.coordinator.hear(Left((address,)))
    joined(bench, "c", NONE)
    train_all(bench)
    record = bench.store.sweep(sweep)
    assert record is not None
    assert record.state == "paused"
    assert sorted(run.status for run in bench.store.members(sweep)) == ["finished", "interrupted"]
    bench.store.set_sweep(sweep, "running")
    train_all(bench)
    assert [run.status for run in bench.store.members(sweep)] == ["finished", "finished"]
    record = bench.store.sweep(sweep)
    assert record is not None
    assert record.state == "finished"


def test_a_member_goes_on_however_many_workers_leave_the_cluster(bench: Bench) -> None:
    begun(bench, Sweep.of("one", {"placement": "none", "batches": 4}, {"seed": [0]}))
    for address in "abcde":
        joined(bench, address, NONE)
        look(bench)
        bench.coordinator.hear(Left((address,), "went"))
    joined(bench, "f", NONE)
    look(bench)
    assert [address for address, _ in bench.workers.placed] == [*"abcdef"]
    assert len({assignment.key[0] for _, assignment in bench.workers.placed}) == 1


def test_the_cluster_hears_how_much_waits_even_where_it_has_no_workers(bench: Bench) -> None:
    begun(bench)
    bench.store.add_run(TrainingConfig(), OWNER)
    bench.look(5.0)
    assert bench.workers.waiting == len(PLAN.members) + 1
    joined(bench, "a", NONE)
    train_all(bench)
    bench.look(5.0)
    assert bench.workers.waiting == 0


def test_after_the_engines_end_members_go_on_by_themselves(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    joined(bench, "a", NONE)
    begun(bench)
    look(bench)
    ((_, assignment),) = bench.workers.placed
    bench.read(assignment.key, *items(STARTED, step(1)), checkpoint(1))
    bench.coordinator.give_up()
    bench.store.close()
    next_one = Bench(tmp_path)
    joined(next_one, "a", NONE)
    look(next_one)
    assert next_one.workers.placed[0][1].key[0] == assignment.key[0]
    train_all(next_one)
    assert len(next_one.workers.placed) == len(PLAN.members)
    next_one.store.close()


def test_of_a_member_scores_are_recorded(bench: Bench) -> None:
    joined(bench, "a", NONE)
    begun(bench)
    look(bench)
    ((_, assignment),) = bench.workers.placed
    assert assignment.recording == "scores"
    own = bench.store.add_run(TrainingConfig(), OWNER)
    bench.read(assignment.key, *items(STARTED, step(1)), checkpoint(1))
    assert bench.store.checkpoint(assignment.key[0]) is not None
    bench.read(assignment.key, *items(*map(step, range(2, 5)), scored(4)), Ended("finished"))
    assert bench.store.checkpoint(assignment.key[0]) is None
    look(bench)
    assert (bench.workers.placed[-1][1].key[0], bench.workers.placed[-1][1].recording) == (own, "everything")
