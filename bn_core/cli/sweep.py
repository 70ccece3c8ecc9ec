"""`python -m bn_core sweep`: many trainings, compared over seeds."""

from __future__ import annotations

import secrets
import statistics
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bn_core.cli.options import STANDARD_OUTPUT, opened
from bn_core.cli.progress import progress
from bn_core.cli.train import check_writable, write_json
from bn_core.config import FIELDS
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.engine.host_process import HostProcess
from bn_core.environment import EnvironmentProblem, home
from bn_core.runs.records import NotPossible, QueueFull, RunDamaged, RunRecord, SweepRecord, owner_hash
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.sweeps.cost import cost
from bn_core.sweeps.plan import MOST_PAIRS, SEED, Sweep, SweepProblem
from bn_core.sweeps.reading import of_file, of_lists, of_text, to_toml
from bn_core.sweeps.standing import Reader, Standing
from bn_core.training.events import unpack
from bn_core.training.run_json import result_json
from bn_core.verdict import Comparison

LOOK_SECONDS = 0.5
KINDS = ("RunStarted", "Step", "Evaluated", "Scored", "Failed", "Stopped")
"""The events that a run's JSON is made of."""

NO_PAIRS = f"Nothing is compared: there are more than {MOST_PAIRS} pairs, name those of interest in a sweep's file."
LOST = "{count} of its runs lost their workers too often, and wait for you."
PAUSED = "Paused: what is trained is kept. `python -m bn_core sweep --resume {id}` goes on."


def _options() -> list[click.Parameter]:
    return [
        click.Option(
            [f"--{field.name.replace('_', '-')}", *(["--seeds"] if field.name == SEED else [])],
            metavar="VALUES",
            help=f"{field.label}: one value or several, separated by commas; each {field.domain}.",
        )
        for field in FIELDS
    ]


@click.command(params=_options())
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--title", help="What the sweep is called.")
@click.option("--resume", metavar="ID", help="Go on with a sweep that was paused.")
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write the members and the comparisons to this file; with - to standard output.",
)
@click.pass_context
def sweep(
    context: click.Context,
    /,
    file: Path | None,
    title: str | None,
    resume: str | None,
    json_file: Path | None,
    **texts: str | None,
) -> None:
    """Train every combination of some values, over seeds, and say what their spread allows to claim.

    \b
      python -m bn_core sweep --placement none,before,after --seeds 0-4
      python -m bn_core sweep --learning-rate 0.001,0.01,0.1 --placement none,before --seeds 0-4 --json result.json
      python -m bn_core sweep my-sweep.toml

    The engine trains them: that of an app which runs on the same BN_HOME, else one that is started for it. What was
    trained before, for this sweep or another one, is not trained again. Ctrl-C pauses, and says how to go on.

    Exit code: 0 when all have ended, 1 when one failed, 2 when an option is wrong, 130 when it was paused.
    """
    given = {name: text for name, text in texts.items() if text is not None}
    if json_file not in (None, STANDARD_OUTPUT):
        check_writable(json_file)
    try:
        store = Store.open(home())
    except (EnvironmentProblem, StoreUnavailable, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    try:
        record = _begun(store, file, title, resume, given)
        plan = of_text(record.plan)
        standing = _trained(store, record, plan)
    except SweepProblem as problem:
        raise click.UsageError(str(problem)) from problem
    except (StoreUnavailable, NotPossible, QueueFull) as problem:
        raise click.ClickException(str(problem)) from problem
    if standing is None:
        click.echo(_paused(store, record), err=True)
        context.exit(130)
    comparisons = standing.results.comparisons()
    _show(standing, comparisons, error=json_file == STANDARD_OUTPUT)
    if json_file is not None:
        try:
            result = _as_json(store, standing, comparisons)
        except (StoreUnavailable, RunDamaged) as problem:
            raise click.ClickException(str(problem)) from problem
        write_json(json_file, result)
    failed = [run for run in map(standing.run, plan.members) if run is None or run.status != "finished"]
    context.exit(1 if failed else 0)


def _begun(
    store: Store, file: Path | None, title: str | None, resume: str | None, given: dict[str, str]
) -> SweepRecord:
    """Return the sweep that is asked for, from now on running.

    Raises:
        SweepProblem: it is none.
    """
    if resume is not None:
        if file is not None or given:
            raise SweepProblem("--resume goes on with a sweep as it was planned: leave everything else out.")
        if (record := store.sweep(resume)) is None:
            raise SweepProblem(f"There is no sweep {resume} in this BN_HOME: look for its id where it was paused.")
        store.set_sweep(record.id, "running")
        return record
    if file is not None and given:
        raise SweepProblem("A sweep is a file or options, not both: leave one of them out.")
    plan = of_file(file) if file is not None else _at_hand(title or "Sweep", given)
    # No browser owns what this machine's command line trains: it counts as trained for everybody here.
    sweep_id = store.add_sweep(to_toml(plan), owner_hash(secrets.token_urlsafe(32)) or "", shared=True)
    record = store.sweep(sweep_id)
    assert record is not None
    return record


def _at_hand(title: str, given: dict[str, str]) -> Sweep:
    """Return the sweep of these lists; of MNIST-5k where nobody named a data set and MNIST cannot be had."""
    plan = of_lists(title, given)
    if "dataset" not in given:
        try:
            opened("mnist")
        except DatasetUnavailable as problem:
            click.echo(f"{problem} This sweep goes on with mnist-5k.", err=True)
            return of_lists(title, given | {"dataset": "mnist-5k"})
    return plan


def _trained(store: Store, record: SweepRecord, plan: Sweep) -> Standing | None:
    """Have the members trained that are not yet; return the sweep as it stands then, None where it is to be paused."""
    reader = Reader(store)
    standing = reader.standing(record, plan)
    click.echo(_announcement(store, standing), err=True)
    if standing.ended == len(plan.members):
        store.set_sweep(record.id, "finished")
        return standing
    # Where an app's engine is at work in this folder, this one stands by, and goes on where that ends.
    host = HostProcess(store.path.parent)
    host.ensure()
    try:
        return _watch(store, reader, record, plan, host)
    except KeyboardInterrupt:
        return None
    finally:
        host.close()


def _watch(store: Store, reader: Reader, record: SweepRecord, plan: Sweep, host: HostProcess) -> Standing | None:
    """Show how far the sweep is until it has ended; return it as it stands then, None where somebody paused it.

    Raises:
        NotPossible: nothing can be trained here.
    """
    standing = reader.standing(record, plan)
    with progress("training", standing.batches, standing.batches_done) as bar:
        while True:
            standing = reader.standing(record, plan)
            bar.show(standing.batches_done, None, f"{standing.ended} of {len(plan.members)} runs")
            now = store.sweep(record.id)
            if now is None or now.state in ("finished", "stopped"):
                return reader.standing(record, plan)
            if now.state == "paused":
                if lost := [run for run in store.members(record.id) if run.status == "interrupted"]:
                    click.echo(LOST.format(count=len(lost)), err=True)
                return None
            for engine in (store.engine(), host.status()):
                if engine.state == "unavailable":
                    raise NotPossible(f"{engine.message} {PAUSED.format(id=record.id)}")
            time.sleep(LOOK_SECONDS)


def _announcement(store: Store, standing: Standing) -> str:
    """Say what will be trained, and how long it takes where that was measured here."""
    plan = standing.plan
    takes = cost(plan, standing.results.outcomes.keys(), store.paces(), None, 1)
    left = takes.members - takes.trained
    said = f"{len(plan.arms)} configurations, {takes.members} trainings, {left} of them to be done"
    if not left or takes.minutes is None:
        return f"{said}."
    return f"{said}: about {takes.minutes:.1f} minutes on one worker, at the pace of the latest runs here."


def _paused(store: Store, record: SweepRecord) -> str:
    try:
        store.set_sweep(record.id, "paused")
    except (NotPossible, StoreUnavailable) as problem:
        return str(problem)
    return PAUSED.format(id=record.id)


def _show(standing: Standing, comparisons: tuple[Comparison, ...], *, error: bool) -> None:
    console = Console(stderr=error, highlight=False)
    table = Table("configuration", "runs", "test accuracy: median", "lowest", "highest", title=standing.plan.title)
    for arm in standing.plan.arms:
        scores = [score for score in standing.results.scores(arm) if score is not None]
        figures = [f"{pick(scores):.4f}" for pick in (statistics.median, min, max)] if scores else ["", "", ""]
        table.add_row(arm.name or "all", f"{len(scores)} of {len(arm.members)}", *figures)
    console.print(table)
    for one in comparisons:
        console.print(sentence(one))
    if not comparisons and len(standing.plan.arms) > 1:
        console.print(NO_PAIRS)


def sentence(one: Comparison) -> str:
    """Return the verdict on a pair in one sentence, no stronger than the scores allow."""
    names = f"{one.first or 'the first'} and {one.second or 'the second'}"
    seeds = f"{one.seeds[0]} and {one.seeds[1]} seeds"
    match one.verdict:
        case "difference":
            return (
                f"{names}: the test accuracy differs by {100 * (one.difference or 0.0):+.2f} points "
                f"({100 * one.low:+.2f} to {100 * one.high:+.2f}; p {one.adjusted_p:.3g}, {seeds})."
            )
        case "no-difference":
            return f"{names}: no difference beyond seed noise (p {one.adjusted_p:.3g}, {seeds})."
        case "too-few-seeds":
            return f"{names}: {seeds} are too few to tell any difference, with as many pairs as are planned."
        case "not-finite":
            return f"{names}: not compared, since {sum(one.not_finite)} of the runs have no score."


def _as_json(store: Store, standing: Standing, comparisons: tuple[Comparison, ...]) -> dict[str, Any]:
    runs = [run for member in standing.plan.members if (run := standing.run(member)) is not None]
    return {"members": [_member(store, run) for run in runs], "comparisons": [one.to_json() for one in comparisons]}


def _member(store: Store, run: RunRecord) -> dict[str, Any]:
    events = (unpack(packed) for _, packed in store.events(run.id, KINDS))
    return result_json(run.config, events, run.milliseconds / 1000)
