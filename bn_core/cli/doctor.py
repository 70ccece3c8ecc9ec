"""`python -m bn_core doctor`: what works here, what does not, and what to do."""

from __future__ import annotations

import click


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Say what works here: versions, data, store, engine, ports. Exit code 1 where something needs mending."""
    from bn_core.cli.health_checks import run_doctor

    context.exit(run_doctor(click.echo))
