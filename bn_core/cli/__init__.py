"""The command line: `lab` and its commands, one module each."""

from __future__ import annotations

import sys

import click

from bn_core.cli.app import app
from bn_core.cli.code import code
from bn_core.cli.doctor import doctor
from bn_core.cli.health import health
from bn_core.cli.presenter_key import presenter_key_command
from bn_core.cli.record import record
from bn_core.cli.streams import make_reliable
from bn_core.cli.sweep import sweep
from bn_core.cli.train import train

__all__ = ["lab", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def lab() -> None:
    """Batch Norm Lab: train the deep network of the batch-normalization notebook, with or without BN.

    The app itself starts with `streamlit run app.py`, or where it is installed with `batch-norm-lab`.
    """


lab.add_command(app)
lab.add_command(train)
lab.add_command(sweep)
lab.add_command(doctor)
lab.add_command(health)
lab.add_command(record)
lab.add_command(code)
lab.add_command(presenter_key_command, "presenter-key")


def main() -> None:
    """Run the installed command `batch-norm-lab`: the app where nothing follows it, else one of the commands."""
    run(sys.argv[1:] or ["app"], "batch-norm-lab")


def run(arguments: list[str], name: str) -> None:
    """Run the command that these arguments ask for, and end this process; `name` is what its help calls the program."""
    make_reliable()
    lab(arguments, prog_name=name)
