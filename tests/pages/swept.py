"""Sweeps in the store of a lab, as far as wanted."""

from __future__ import annotations

from bn_core.config import TrainingConfig
from bn_core.runs.records import owner_hash
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import to_toml
from bn_core.training.events import Evaluated, Event, Failed, RecordedEvent, Score, Scored, Step
from tests.pages.lab import ME, Lab, scored

PLAN = Sweep.of(
    "Before or after?",
    {"batches": 30, "dataset": "mnist-5k"},
    {"placement": ["none", "before", "after"], "seed": [0, 1, 2]},
)


def sweep(lab: Lab, plan: Sweep = PLAN, *, owner: str = ME) -> str:
    """A sweep that runs, and nothing is trained of it. Its id."""
    return lab.store.add_sweep(to_toml(plan), owner_hash(owner))


def member(
    lab: Lab, sweep_id: str, config: TrainingConfig, *, status: str = "finished", accuracy: float = 0.9, steps: int = 12
) -> str:
    """A member of a sweep in this state, with this accuracy if it has finished. Its id."""
    run_id = lab.store.add_member(sweep_id, config)
    lab.store.take_requests()
    if status == "queued":
        return run_id
    lab.store.set_status(run_id, "running", worker="one")
    steps = config.batches if status == "finished" else steps
    said: list[Event] = [Step(step, 0.3, min(1.0, 0.1 * step), 20.0) for step in range(1, steps + 1)]
    score = Score(0.1, accuracy)
    if status == "finished":
        three = (score, score) if config.normalized else (None, None)
        said += [Evaluated(config.batches, 250, score, *three, 9.0), ended(config, accuracy)]
    if status == "failed":
        said.append(Failed(steps + 1, "The loss is not a number.", None))
    lab.store.append(run_id, [RecordedEvent.of(event) for event in said])
    if status != "running":
        message = "The loss is not a number." if status == "failed" else None
        lab.store.set_status(run_id, status, message=message)
    return run_id


def ended(config: TrainingConfig, accuracy: float) -> Scored:
    """How a member ends that reads so many of the test images right."""
    whole = scored(config)
    return Scored(**vars(whole) | {"test": Score(0.1, accuracy), "validation": Score(0.1, accuracy)})


def finish(lab: Lab, sweep_id: str, plan: Sweep = PLAN) -> None:
    """Have every member of a sweep finished: each placement a little better than the one before, seeds apart."""
    for place, config in enumerate(plan.members):
        arm, seed = place % len(plan.arms), place // len(plan.arms)
        member(lab, sweep_id, config, accuracy=0.9 + 0.02 * arm + 0.001 * seed)
    lab.store.set_sweep(sweep_id, "finished")
