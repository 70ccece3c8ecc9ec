"""The slider over the steps of a run that may still get more of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bn_core.runs.records import RunRecord
from pages.session import setting, url_state
from pages.session.session import kept


@dataclass
class Moved:
    """How many steps the slider had with which somebody chose one, by run."""

    steps: dict[str, int] = field(default_factory=dict)


def step_control(
    run: RunRecord, steps: Sequence[int], shown: int, choose: Callable[[int], None] = setting.put_step
) -> dict[str, Any]:
    """Return the arguments of a slider over these steps: see `pages.session.setting.control`.

    A slider that follows the run is replaced where its choices grow, since it has to move; one that somebody moved
    stays, so that no hand loses it.

    Args:
        choose: is given the step that a person chose.
    """
    moved, many = kept(Moved).steps, len(steps)
    if url_state.here().step is not None:
        many = moved.setdefault(run.id, many)

    def chosen(step: object) -> None:
        if isinstance(step, int) and step in steps:
            moved[run.id] = many
            choose(step)

    return setting.control("step", shown, of=f"{run.id}-{many}", change=chosen)
