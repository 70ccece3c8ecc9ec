"""`python -m bn_core record`: makes the runs that come with the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from bn_core.cli.options import opened
from bn_core.cli.progress import Progress, progress
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.data.files import load
from bn_core.environment import EnvironmentProblem, home, make_folder, shown_path
from bn_core.exhibits.archive import ArchiveProblem
from bn_core.exhibits.catalogue import Exhibit, exhibits
from bn_core.exhibits.reader import DATA
from bn_core.exhibits.recording.jobs import Job, RecordingFailed, Show, run_jobs
from bn_core.exhibits.recording.plan import FOLDER, UnknownExhibit, is_recorded, job, named
from bn_core.exhibits.recording.publish import publish
from bn_core.runtime import start_tensorflow

INTERRUPTED = 130


@click.command()
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="Record only this: a run such as before-seed-3, or a group: race, sweep, bugs, short, notebook. Can be given "
    "more than once. The other recorded runs stay as they are.",
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 64), default=2, show_default=True, help="How many to train at once."
)
@click.option("--resume", is_flag=True, help="Keep what an interrupted recording has finished.")
@click.option(
    "--answers",
    is_flag=True,
    help="Train nothing: work out the answers that the recorded runs lack, from their weights and statistics.",
)
@click.pass_context
def record(context: click.Context, only: tuple[str, ...], jobs: int, *, resume: bool, answers: bool) -> None:
    """Train the runs that come with the app, and write the files that the app reads.

    It needs the full MNIST and takes about 25 minutes on two cores. Each run trains in a process of its own, with one
    thread: on the same processor, with the same versions, it gives the same bits again.

    What is finished is kept in the home folder until everything is there; only then the app's files are replaced. An
    interrupted recording goes on with --resume.

    Where only questions were added to those that pages ask, --answers answers them from what is shipped already.

    Exit code: 0 when all is recorded, 1 when a run could not be, 2 when an option is wrong.
    """
    try:
        wanted = [job(exhibit, home()) for exhibit in named(only)]
    except UnknownExhibit as error:
        raise click.BadParameter(str(error), param_hint="--only") from error
    except EnvironmentProblem as error:
        raise click.UsageError(str(error)) from error
    if answers:
        check_data(wanted)
        complete_answers([each.exhibit for each in wanted if each.exhibit.full])
        return
    finished = [each for each in wanted if is_recorded(each)]
    if finished and not resume:
        folder = shown_path(home() / FOLDER)
        raise click.UsageError(
            f"{len(finished)} of these {len(wanted)} runs are recorded already, in {folder}: add --resume to keep "
            "them, or delete that folder to record them anew."
        )
    check_data(wanted)
    left = [each for each in wanted if each not in finished]
    try:
        make_folder(home() / FOLDER)
        batches = {each.exhibit.key: each.exhibit.config.batches for each in wanted}
        done = {each.exhibit.key: each.exhibit.config.batches for each in finished}
        with progress("recording", sum(batches.values()), sum(done.values())) as bar:
            run_jobs(left, jobs, show_in(bar, batches, done))
        publish([each.file for each in wanted], DATA, exhibits())
    except KeyboardInterrupt:
        click.echo(
            "Interrupted. What was finished is kept: the same command with --resume goes on from there.", err=True
        )
        context.exit(INTERRUPTED)
    except (RecordingFailed, ArchiveProblem, OSError) as error:
        raise click.ClickException(f"{error} What was finished is kept: --resume goes on from there.") from error
    for each in wanted:
        each.file.unlink(missing_ok=True)
    click.echo(f"{len(wanted)} {'run is' if len(wanted) == 1 else 'runs are'} recorded in {DATA}.")


def complete_answers(wanted: Sequence[Exhibit]) -> None:
    """Add the answers that these full runs lack, and say how many each of them got.

    Raises:
        click.ClickException: a file cannot be read or written.
    """
    start_tensorflow()
    from bn_core.exhibits.recording.complete import complete

    for exhibit in wanted:
        try:
            added = complete(exhibit, load(exhibit.config.dataset), DATA)
        except (ArchiveProblem, OSError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{exhibit.key}: {added} {'answer' if added == 1 else 'answers'} added.")


def check_data(jobs: Sequence[Job]) -> None:
    """Say before the first training that the data of one of them cannot be had.

    Raises:
        click.ClickException: with a sentence that says why and what to do.
    """
    for name in sorted({each.exhibit.config.dataset for each in jobs}):
        try:
            opened(name)
        except DatasetUnavailable as error:
            raise click.ClickException(str(error)) from error


def show_in(bar: Progress, batches: Mapping[str, int], done: dict[str, int]) -> Show:
    """Return what `run_jobs` tells how far an exhibit is; `done` holds the batches done of each."""

    def show(key: str, steps: int, recorded: bool) -> None:  # noqa: FBT001 - called by its place
        # The answers of a full run come after its last batch: it is not done before it is recorded.
        done[key] = batches[key] if recorded else steps
        bar.show(sum(done.values()))
        if recorded and bar.on_terminal:
            bar.print_above(f"{key} is recorded")
        elif recorded:
            click.echo(f"{key} is recorded, about {bar.seconds_left() / 60:.0f} min left", err=True)

    return show
