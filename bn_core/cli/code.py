"""`python -m bn_core code`: a configuration as a program of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from bn_core.cli.options import STANDARD_OUTPUT, config_from, config_options, writing
from bn_core.exercises.take_home import COMMON, take_home
from bn_core.source_code import notebook, program

Format = Literal["py", "ipynb"]


@click.command(params=config_options())
@click.option(
    "--format",
    "form",
    type=click.Choice(["py", "ipynb"]),
    help="A Python program or a Jupyter notebook. Default: what the name after --output ends in, else py.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write to this file, in place of standard output.",
)
@click.option(
    "--exercises",
    "as_exercises",
    is_flag=True,
    help=f"The app's exercises as one notebook, with programs that have these options of yours: {', '.join(COMMON)}.",
)
def code(form: Format | None, output: Path | None, as_exercises: bool, **values: Any) -> None:  # noqa: FBT001 - by name
    """Print the program that trains the network: complete, and without this lab.

    It takes the options of `train`, and the program has what they decide marked on the app's page "Code". With
    --implementation by-hand it is written with tf.nn.moments and tf.nn.batch_normalization.

    \b
    Things to try:
      python -m bn_core code > program.py
      python -m bn_core code --placement after --implementation by-hand --output program.ipynb
      python -m bn_core code --exercises --output exercises.ipynb

    MNIST comes from the file that BN_MNIST names, or else from Keras's download. The same seed means the same kernels
    and the same batches as here.
    """
    config = config_from(values)
    if as_exercises:
        if form == "py":
            raise click.UsageError("The exercises are a notebook: leave --format out, or give ipynb.")
        if others := [name for name, value in values.items() if value is not None and name not in COMMON]:
            raise click.UsageError(f"The exercises choose {', '.join(others)} themselves: leave that out.")
        text = take_home(config)
    elif (form or _ending(output)) == "ipynb":
        text = notebook(program(config).text)
    else:
        text = program(config).text
    if output in (None, STANDARD_OUTPUT):
        click.echo(text, nl=False)
        return
    with writing("--output", output):
        output.write_text(text, encoding="utf-8", newline="\n")


def _ending(output: Path | None) -> Format:
    return "ipynb" if output is not None and output.suffix.lower() == ".ipynb" else "py"
