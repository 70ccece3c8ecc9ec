"""Sweeps with real processes: the same bits on this machine and on a cluster, whatever happens to workers and host."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from bn_core.runs.records import RunRecord
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import to_toml
from bn_core.training.events import Evaluated, Scored, Step
from tests.engine.conftest import OWNER, Engine, steps
from tests.engine.dask_cluster import DaskCluster
from tests.engine.fake_trainer import SLOW

REAL_HOST = (sys.executable, "-m", "bn_core.engine.host")
VARIED: dict[str, list[object]] = {"placement": ["none", "before"], "seed": [0, 1]}

Courses = dict[tuple[str, int], list[str]]
"""What each member recorded, by placement and seed."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    cluster = DaskCluster(tmp_path)
    yield cluster
    cluster.close()


def begun(engine: Engine, batches: int, **fixed: object) -> str:
    plan = Sweep.of("two arms", {"dataset": "mnist-5k", "batches": batches} | fixed, VARIED)
    return engine.store.add_sweep(to_toml(plan), OWNER)


def ended(engine: Engine, sweep: str) -> list[RunRecord]:
    return [run for run in engine.store.members(sweep) if run.status == "finished"]


def wait_for_state(engine: Engine, sweep: str, state: str) -> None:
    engine.wait(lambda: (record := engine.store.sweep(sweep)) is not None and record.state == state)


def courses(engine: Engine, sweep: str) -> Courses:
    """What each member recorded, without times; each member was begun once, and finished."""
    members = engine.store.members(sweep)
    assert [run.status for run in members] == ["finished"] * 4, engine.report()
    found = {}
    for run in members:
        course = engine.course(run.id)
        assert steps(course) == list(range(1, run.config.batches + 1))
        numbers = [event for event in course if isinstance(event, Step | Evaluated | Scored)]
        found[run.config.placement, run.config.seed] = [repr(event) for event in numbers]
    assert len(found) == 4
    return found


@pytest.mark.slow
class TestTheRealTrainer:
    @pytest.fixture(scope="class")
    def reference(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Courses]:
        """The sweep on the embedded workers."""
        engine = Engine(tmp_path_factory.mktemp("embedded"))
        try:
            engine.start(workers=2, command=REAL_HOST)
            sweep = begun(engine, 60)
            wait_for_state(engine, sweep, "finished")
            yield courses(engine, sweep)
        finally:
            engine.close()

    def test_a_cluster_trains_the_same_bits(self, reference: Courses, engine: Engine, cluster: DaskCluster) -> None:
        cluster.start(workers=2)
        engine.start(command=REAL_HOST, BN_SCHEDULER=cluster.address)
        engine.wait_until_ready(workers=2)
        sweep = begun(engine, 60)
        wait_for_state(engine, sweep, "finished")
        assert courses(engine, sweep) == reference

    def test_one_worker_is_killed_and_another_added(
        self, reference: Courses, engine: Engine, cluster: DaskCluster
    ) -> None:
        cluster.start(workers=2)
        engine.start(command=REAL_HOST, BN_SCHEDULER=cluster.address)
        engine.wait_until_ready(workers=2)
        sweep = begun(engine, 60)
        engine.wait(lambda: ended(engine, sweep) and any(run.step for run in under_way(engine, sweep)))
        before = ended(engine, sweep)
        lost = next(run for run in under_way(engine, sweep) if run.step)
        assert lost.worker is not None
        cluster.kill_worker(lost.worker)
        cluster.add_worker()
        wait_for_state(engine, sweep, "finished")
        assert courses(engine, sweep) == reference
        assert [engine.run(run.id) for run in before] == before


def under_way(engine: Engine, sweep: str) -> list[RunRecord]:
    return [run for run in engine.store.members(sweep) if run.status == "running"]


def test_pausing_resuming_and_killing_the_host_repeats_no_finished_member_and_loses_none(engine: Engine) -> None:
    engine.start(workers=2)
    engine.wait_until_ready(workers=2)
    undisturbed = begun(engine, 120, learning_rate=0.001)
    wait_for_state(engine, undisturbed, "finished")
    expected = courses(engine, undisturbed)
    sweep = begun(engine, 120, batch_size=SLOW)
    engine.wait(lambda: len([run for run in under_way(engine, sweep) if run.step]) == 2)
    engine.store.set_sweep(sweep, "paused")
    engine.wait(lambda: len(ended(engine, sweep)) == 2)
    assert len(engine.store.members(sweep)) == 2
    engine.store.set_sweep(sweep, "running")
    engine.wait(lambda: len([run for run in under_way(engine, sweep) if run.step]) == 2)
    before = ended(engine, sweep)
    engine.hosts[-1].kill()
    engine.hosts[-1].wait()
    engine.start(workers=2)
    wait_for_state(engine, sweep, "finished")
    assert courses(engine, sweep) == expected
    assert [engine.run(run.id) for run in before] == before


def test_a_sweep_paused_as_the_engine_ends_goes_on_with_the_next(engine: Engine) -> None:
    engine.start(workers=1)
    engine.wait_until_ready()
    sweep = begun(engine, 120, batch_size=SLOW)
    engine.wait(lambda: any(run.step for run in under_way(engine, sweep)))
    assert engine.end_of_input() == 0
    engine.store.set_sweep(sweep, "paused")
    engine.start(workers=1)
    engine.wait_until_ready()
    assert [run.status for run in engine.store.members(sweep)] == ["interrupted"]
    engine.hurry()
    engine.store.set_sweep(sweep, "running")
    wait_for_state(engine, sweep, "finished")
    courses(engine, sweep)


def test_workers_that_come_are_used_and_those_that_are_retired_are_let_go(engine: Engine, cluster: DaskCluster) -> None:
    cluster.start(workers=1)
    engine.start(BN_SCHEDULER=cluster.address)
    engine.wait_until_ready(workers=1)
    sweep = begun(engine, 3000, batch_size=SLOW)
    engine.wait(lambda: any(run.step for run in under_way(engine, sweep)))
    (first,) = under_way(engine, sweep)
    cluster.add_worker()
    engine.wait(lambda: len([run for run in under_way(engine, sweep) if run.step]) == 2)
    (second,) = [run for run in under_way(engine, sweep) if run.id != first.id]
    assert second.worker != first.worker
    # As an adaptive cluster does it: politely, one worker after the other.
    for worker in (first.worker, second.worker):
        assert worker is not None
        cluster.retire(worker)
        cluster.add_worker()
    known = {None, first.worker, second.worker}
    engine.wait(lambda: all(engine.run(run.id).worker not in known for run in (first, second)))
    assert [engine.run(run.id).status for run in (first, second)] == ["running"] * 2
    engine.hurry()
    wait_for_state(engine, sweep, "finished")
    courses(engine, sweep)


def test_an_adaptive_cluster_has_workers_while_there_is_work(
    engine: Engine, cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By Dask's own scaling, which knows nothing of this project, from no workers to no workers."""
    monkeypatch.setenv("PYTHONPATH", str(cluster.fakes))
    monkeypatch.setenv("BN_HOME", str(engine.home))
    with LocalCluster(n_workers=0, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as adaptive:
        adaptive.adapt(minimum=0, maximum=2, interval="500ms")
        engine.start(BN_SCHEDULER=adaptive.scheduler_address)
        sweep = begun(engine, 400, batch_size=SLOW)
        workers: dict[str, set[str]] = {}

        def finished() -> bool:
            for run in under_way(engine, sweep):
                workers.setdefault(run.id, set()).update({run.worker} - {None})
            return len(ended(engine, sweep)) == 4

        engine.wait(finished)
        courses(engine, sweep)
        assert {len(of_one) for of_one in workers.values()} == {1}, "no worker was sent away that trained"
        assert len(set[str]().union(*workers.values())) == 2
        engine.wait(lambda: not adaptive.scheduler.workers)
