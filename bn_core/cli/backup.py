"""`python -m bn_core backup` and `restore`: the whole store in one file, and back."""

from __future__ import annotations

from pathlib import Path

import click

from bn_core.environment import EnvironmentProblem, home, shown_path
from bn_core.runs.backup import BackupProblem, back_up
from bn_core.runs.backup import restore as put_back
from bn_core.runs.store import Store, StoreUnavailable


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy all runs into a new FILE, which its owner alone can read. An app may train meanwhile.

    Exit code: 0, or 1 where no copy was made.
    """
    try:
        size = back_up(Store.open(home()), file)
    except (BackupProblem, EnvironmentProblem, StoreUnavailable) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Copied to {shown_path(file)}: {size / 1e6:.1f} MB.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put the copy FILE in the place of all runs. Those that are there now are kept beside it, under another name.

    No app may train in this BN_HOME meanwhile.

    Exit code: 0, or 1 where nothing was put back; then nothing has changed.
    """
    try:
        done = put_back(file, home())
    except (BackupProblem, EnvironmentProblem) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{done.runs:,} {'run is' if done.runs == 1 else 'runs are'} back.")
    if done.aside is not None:
        click.echo(f"Those of before are in {shown_path(done.aside)}.")
