"""`python -m bn_core train`: one training, in the notebook's lines and as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from bn_core.cli.options import config_from, config_options
from bn_core.config import TrainingConfig
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.data.dataset import Dataset
from bn_core.data.files import load
from bn_core.environment import EnvironmentProblem
from bn_core.runtime import start_tensorflow
from bn_core.training import notebook_lines as report
from bn_core.training.events import Checked, CheckpointTaken, Event, Failed, RunStarted, Scored, SnapshotTaken, Step
from bn_core.training.run_json import result_json

INTERRUPTED = "It was interrupted by the keyboard."


@click.command(params=config_options())
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write configuration, versions, evaluations and final scores to this file, also when the run fails.",
)
@click.option("--quiet", is_flag=True, help="Print the three final lines only, and no progress.")
@click.pass_context
def train(context: click.Context, json_file: Path | None, quiet: bool, **values: Any) -> None:
    """Train the network and print the notebook's lines.

    Without options it is the notebook's `tf.layers` version: 19 convolutions and a dense layer of 100, batch
    normalization before every ReLU, no bias, 800 batches of 64 from MNIST.

    \b
    Things to try:
      python -m bn_core train                        learns to read digits
      python -m bn_core train --placement none       one answer for every image
      python -m bn_core train --placement after --bias
      python -m bn_core train --implementation by-hand --initializer truncated-normal

    Every 25 batches a line tells how the batch just used scores in inference mode, every 100 batches how the validation
    set does. Their first lines stay near 10 % although the network is learning: inference mode uses the moving
    (population) statistics, which still remember that they started at mean 0 and variance 1. The JSON file's
    evaluations have the same weights scored under batch and recalibrated statistics beside it.

    Exit code: 0 when the run ends, 1 when it fails (the cause is printed), 2 when an option is wrong.
    """
    config = config_from(values)
    if json_file is not None:
        check_writable(json_file)
    dataset, config = load_dataset(config, asked_for=values["dataset"] is not None)
    events: list[Event] = []
    started = time.perf_counter()
    try:
        with progress(config, quiet) as show:
            for event in events_of(config, dataset):
                if isinstance(event, CheckpointTaken | SnapshotTaken):
                    continue
                events.append(event)
                show(event)
                if not quiet and isinstance(event, Checked):
                    click.echo(report.line(event))
    except KeyboardInterrupt:
        steps = [event.step for event in events]
        events.append(Failed(max(steps, default=0), INTERRUPTED, None))
    if json_file is not None:
        write_json(json_file, result_json(config, events, time.perf_counter() - started))
    last = events[-1]
    if isinstance(last, Scored):
        for text in report.final_lines(last):
            click.echo(text)
    elif isinstance(last, Failed):
        click.echo(f"The run failed at step {last.step}: {last.cause}", err=True)
        context.exit(130 if last.cause == INTERRUPTED else 1)


def events_of(config: TrainingConfig, dataset: Dataset) -> Iterator[Event]:
    """The events of a training. TensorFlow is loaded here: `--help` and a wrong option are answered at once."""
    start_tensorflow()
    from bn_core.training.loop import train as run

    return run(config, dataset)


def load_dataset(config: TrainingConfig, asked_for: bool) -> tuple[Dataset, TrainingConfig]:
    """The data set of a configuration; `mnist-5k` where nobody asked for `mnist` by name and it cannot be had.

    Raises:
        click.ClickException: it cannot be had.
    """
    try:
        return load(config.dataset), config
    except EnvironmentProblem as error:
        raise click.UsageError(str(error)) from error
    except DatasetUnavailable as error:
        if asked_for:
            raise click.ClickException(str(error)) from error
        click.echo(f"{error} This run goes on with mnist-5k.", err=True)
        return load_dataset(config.with_(dataset="mnist-5k"), asked_for=True)


def check_writable(path: Path) -> None:
    """Say before the training, not after it, that its result could not be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise click.UsageError(
            f"--json: {path} cannot be written ({error.strerror}). Name a file in a folder that you may write to."
        ) from error


def write_json(path: Path, values: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(values, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} could not be written ({error.strerror}).") from error


Show = Callable[[Event], None]


@contextmanager
def progress(config: TrainingConfig, quiet: bool) -> Iterator[Show]:
    """Progress with time left on standard error. Yields a function that takes each event."""
    if quiet:
        yield lambda event: None
    elif sys.stderr.isatty():
        with progress_bar(config) as show:
            yield show
    else:
        yield progress_lines(config)


@contextmanager
def progress_bar(config: TrainingConfig) -> Iterator[Show]:
    """A bar that is drawn again and again, for a terminal."""
    columns: Iterable[Any] = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("batches, {task.fields[speed]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    # Printed lines go above the bar where both are on the same screen; a redirected standard output is left alone.
    console = Console(stderr=True)
    with Progress(*columns, console=console, redirect_stdout=sys.stdout.isatty(), transient=True) as bar:
        task = bar.add_task("compiling", total=config.batches, speed="")

        def show(event: Event) -> None:
            if isinstance(event, RunStarted):
                bar.update(task, description="training")
            elif isinstance(event, Step):
                bar.update(task, completed=event.step, speed=f"{event.milliseconds:.0f} ms a step")
                if event.step == config.batches:
                    bar.update(task, description="final scores")

        yield show


def progress_lines(config: TrainingConfig) -> Show:
    """A line at every tenth of the way, for a log."""
    started = time.monotonic()
    every = max(1, config.batches // 10)

    def show(event: Event) -> None:
        if isinstance(event, Step) and event.step % every == 0:
            left = (time.monotonic() - started) / event.step * (config.batches - event.step)
            click.echo(f"batch {event.step} of {config.batches}, about {left:.0f} s left", err=True)

    return show
