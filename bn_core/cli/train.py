"""`python -m bn_core train`: one training, in the notebook's lines and as JSON."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from bn_core.cli.options import STANDARD_OUTPUT, config_from, config_options, opened, writing
from bn_core.cli.progress import Progress, progress
from bn_core.cli.streams import OutputLost, require_output
from bn_core.config import TrainingConfig
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.data.dataset import Dataset
from bn_core.environment import reason
from bn_core.runtime import TensorFlowUnavailable, start_tensorflow
from bn_core.training import notebook_lines as report
from bn_core.training.events import Checked, CheckpointTaken, Event, Failed, RunStarted, Scored, SnapshotTaken, Step
from bn_core.training.run_json import result_json

INTERRUPTED = "It was interrupted by the keyboard."


@click.command(params=config_options())
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write configuration, versions, evaluations and final scores to this file, also when the run fails. With - "
    "they go to standard output, and all other lines to standard error.",
)
@click.option("--quiet", is_flag=True, help="Print the three final lines only, and no progress.")
@click.pass_context
def train(context: click.Context, /, json_file: Path | None, *, quiet: bool, **values: Any) -> None:
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
    statistics (the notebook calls them population statistics), which still remember that they started at mean 0 and
    variance 1. The JSON file's evaluations have the same weights scored under batch and recalibrated statistics beside
    it.

    Exit code: 0 when the run ends, 1 when it fails (the cause is printed), 2 when an option is wrong.
    """
    config = config_from(values)
    lost: list[Exception] = []

    def say(line: str) -> None:
        try:
            click.echo(line, err=json_file == STANDARD_OUTPUT)
        except (OutputLost, BrokenPipeError) as error:
            if json_file is None:
                raise
            lost.append(error)  # the result goes to its file all the same

    if json_file in (None, STANDARD_OUTPUT):
        require_output()
    else:
        check_writable(json_file)
    dataset, config = load_dataset(config, asked_for=values["dataset"] is not None)
    events: list[Event] = []
    started = time.perf_counter()
    try:
        with contextlib.ExitStack() as stack:
            bar = None if quiet else stack.enter_context(progress("compiling", config.batches))
            for event in events_of(config, dataset):
                if isinstance(event, CheckpointTaken | SnapshotTaken):
                    continue
                events.append(event)
                if bar is not None:
                    show(event, config, bar)
                    if isinstance(event, Checked):
                        say(report.line(event))
    except KeyboardInterrupt:
        steps = [event.step for event in events]
        events.append(Failed(max(steps, default=0), INTERRUPTED, None))
    seconds = time.perf_counter() - started
    last = events[-1]
    if isinstance(last, Scored):
        for text in report.final_lines(last):
            say(text)
    if json_file is not None:
        # After the lines: a disk that is full by now does not take them along.
        write_json(json_file, result_json(config, events, seconds))
    if isinstance(last, Failed):
        click.echo(f"The run failed at step {last.step}: {last.cause}", err=True)
        context.exit(130 if last.cause == INTERRUPTED else 1)
    if lost:
        raise lost[0]


def show(event: Event, config: TrainingConfig, bar: Progress) -> None:
    """Show how far the training is: on a terminal by the bar, in a log by a line at every tenth of the way."""
    if isinstance(event, RunStarted):
        bar.show(0, "training")
    elif isinstance(event, Step):
        ends = event.step == config.batches
        bar.show(event.step, "final scores" if ends else None, f"{event.milliseconds:.0f} ms a step")
        if not bar.on_terminal and event.step % max(1, config.batches // 10) == 0:
            line = f"batch {event.step} of {config.batches}, about {bar.seconds_left():.0f} s left"
            click.echo(line, err=True)


def events_of(config: TrainingConfig, dataset: Dataset) -> Iterator[Event]:
    """The events of a training. TensorFlow is loaded here: `--help` and a wrong option are answered at once.

    Raises:
        click.ClickException: TensorFlow cannot be used.
    """
    try:
        start_tensorflow()
    except TensorFlowUnavailable as error:
        raise click.ClickException(f"{error} `python -m bn_core doctor` says what to do.") from error
    from bn_core.training.loop import train as run

    return run(config, dataset)


def load_dataset(config: TrainingConfig, *, asked_for: bool) -> tuple[Dataset, TrainingConfig]:
    """The data set of a configuration; `mnist-5k` where nobody asked for `mnist` by name and it cannot be had.

    Raises:
        click.ClickException: it cannot be had.
    """
    try:
        return opened(config.dataset), config
    except DatasetUnavailable as error:
        if asked_for:
            raise click.ClickException(str(error)) from error
        click.echo(f"{error} This run goes on with mnist-5k.", err=True)
        return load_dataset(config.with_(dataset="mnist-5k"), asked_for=True)


def check_writable(path: Path) -> None:
    """Say before the training, not after it, that its result could not be written."""
    with writing("--json", path):
        # A pipe or a device is opened once only, when there is something to write.
        if path.is_file() or not path.exists():
            path.open("a", encoding="utf-8").close()


def write_json(path: Path, values: dict[str, Any]) -> None:
    text = json.dumps(values, indent=2, allow_nan=False) + "\n"
    if path == STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} could not be written ({reason(error)}).") from error
