"""Trainings side by side, each in a process of its own: a TensorFlow that nobody used repeats to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import click

from bn_core.config import TrainingConfig

T = TypeVar("T")

processes_option = click.option("--processes", default=2, show_default=True, help="Trainings side by side.")


def side_by_side(
    train: Callable[[TrainingConfig], T], configs: Iterable[TrainingConfig], processes: int
) -> Iterator[T]:
    """Yield what `train` returns for each configuration, in their order, so many at once."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        yield from pool.map(train, configs)
