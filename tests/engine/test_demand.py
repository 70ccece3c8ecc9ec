"""The tasks that stand for trainings before a scheduler that adapts; a real one is in test_sweeps_on_a_cluster."""

from __future__ import annotations

from bn_core.engine.demand import MOST_WAITING, Demand


class Task:
    slept = False

    def done(self) -> bool:
        return self.slept


class PretendedClient:
    """Remembers where it was asked to have something sleep."""

    def __init__(self) -> None:
        self.submitted: list[tuple[tuple[str, ...], Task]] = []

    def submit(self, function, seconds, *, pure, workers=(), allow_other_workers=True) -> Task:
        assert not pure
        assert allow_other_workers == (workers == ())
        task = Task()
        self.submitted.append((tuple(workers), task))
        return task

    @property
    def places(self) -> list[tuple[str, ...]]:
        return [where for where, _ in self.submitted]


def test_there_is_one_where_something_trains_and_one_for_each_that_waits() -> None:
    client = PretendedClient()
    demand = Demand(client)
    demand.show(["a", "b"], 3)
    assert sorted(client.places) == [(), (), (), ("a",), ("b",)]
    demand.show(["b", "a"], 3)
    demand.show(["a"], 1)
    assert len(client.places) == 5


def test_one_that_has_slept_is_followed_by_another_while_it_is_needed() -> None:
    client = PretendedClient()
    demand = Demand(client)
    demand.show(["a", "b"], 2)
    for _, task in client.submitted:
        task.slept = True
    demand.show(["a"], 1)
    assert client.places[4:] == [("a",), ()]


def test_a_large_sweep_does_not_flood_the_scheduler() -> None:
    client = PretendedClient()
    Demand(client).show([], 10 * MOST_WAITING)
    assert len(client.places) == MOST_WAITING
