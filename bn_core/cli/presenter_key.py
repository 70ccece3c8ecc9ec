"""`python -m bn_core presenter-key`: the key that makes a browser the presenter's."""

from __future__ import annotations

import click

from bn_core.environment import EnvironmentProblem, read_environment
from bn_core.presenting.key import KeyProblem, new_key, presenter_key


@click.command()
@click.option("--new", is_flag=True, help="Make another key: who presents by the present one presents no more.")
def presenter_key_command(*, new: bool) -> None:
    """Print the presenter's key, which the app's page Teach asks for.

    It is made once and kept under BN_HOME, where only its owner can read it; BN_PRESENTER_KEY takes its place.

    Exit code: 0, or 1 where the key cannot be read or made.
    """
    try:
        environment = read_environment()
        if new and environment.presenter_key is not None:
            raise click.ClickException("The key is that of BN_PRESENTER_KEY: set another one there.")
        click.echo(new_key(environment.home) if new else presenter_key())
    except (KeyProblem, EnvironmentProblem) as problem:
        raise click.ClickException(str(problem)) from problem
