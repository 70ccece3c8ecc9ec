"""The command line: `lab` and its commands, one module each."""

from __future__ import annotations

import click

from bn_core.cli.code import code
from bn_core.cli.doctor import doctor
from bn_core.cli.record import record
from bn_core.cli.train import train

__all__ = ["lab"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def lab() -> None:
    """Batch Norm Lab: train the 20-layer network of the batch-normalization notebook, with or without BN.

    The app itself starts with `streamlit run app.py`.
    """


lab.add_command(train)
lab.add_command(doctor)
lab.add_command(record)
lab.add_command(code)
