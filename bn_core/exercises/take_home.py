"""The exercises as one notebook to take home: generated programs, the tasks, and cells that check the answers.

It needs nothing of this lab. Each exercise shows the program of its configuration as far as it differs from the one
before, so that the cells, run from top to bottom, always work on that exercise's network.
"""

from __future__ import annotations

import ast

from bn_core.config import TrainingConfig
from bn_core.exercises.exercise import FOLDER, Exercise, exercises
from bn_core.source_code.listing import program
from bn_core.source_code.notebook import Cell, Section, document, sections_of
from bn_core.source_code.parsing import parsed
from bn_core.terms import bare

NAME = "batch-norm-exercises.ipynb"

COMMON = ("dataset", "batches", "batch_size", "learning_rate", "seed")
"""What all trainings of the notebook can be given."""

TRAINING, SCORES = "Training", "Scores"
_LOOP = "\nfor batch in range(BATCHES):"
"""Where the training itself begins: an exercise may measure something in it, so what it needs stands before."""

_ORDER = "\nepochs = "
"""Where the order of the images is worked out: that depends on the batches, the data before it does not."""

INTRODUCTION = """\
# Batch normalization: eight exercises

Each exercise has a task, a question, a cell for your answer and a cell that checks it. What is right is worked out from
the networks that are trained in this notebook: nothing is stored. Run the cells from top to bottom; write your answer
in place of `None`, and run its two cells again. The hints are folded away.

The programs are those of Batch Norm Lab. They need tensorflow, keras and numpy. The data come from where the
first program says. There are {trainings} trainings of {batches} batches: some minutes in all.
"""

IMPORTS = "import functools\nfrom typing import Any\n\nimport numpy as np"

HELPERS = (
    "## What the exercises use\n\nRules by which an answer is right, and what measures it. Run this cell and go on."
)


def take_home(base: TrainingConfig) -> str:
    """The notebook, as JSON.

    Args:
        base: of this the trainings have the fields of `COMMON`. All else is the default, or what an exercise sets.
    """
    base = TrainingConfig().with_(**{name: getattr(base, name) for name in COMMON})
    found = exercises()
    count = sum(exercise.notebook.program == "train" for exercise in found)
    cells = [
        Cell("markdown", INTRODUCTION.format(trainings=count, batches=base.batches)),
        Cell("markdown", HELPERS),
        Cell("code", "\n\n\n".join([IMPORTS, _functions("rules.py"), _functions("helpers.py")])),
    ]
    shown: dict[str, str] = {}
    for exercise in found:
        cells += _exercise(exercise, exercise.config(base), shown)
    return document(cells)


def _exercise(exercise: Exercise, config: TrainingConfig, shown: dict[str, str]) -> list[Cell]:
    in_notebook, number = exercise.notebook, exercise.number
    cells = [Cell("markdown", f"## {number}. {exercise.title}\n\n{bare(exercise.aim)}\n\n{bare(in_notebook.task)}")]
    if in_notebook.program:
        cells += _program(config, shown, in_notebook.before, trains=in_notebook.program == "train")
    if in_notebook.after:
        cells.append(Cell("code", in_notebook.after))
    hints = "\n".join(
        f"<details><summary>Hint {place}</summary>\n\n{bare(hint)}\n\n</details>"
        for place, hint in enumerate(in_notebook.hints, 1)
    )
    cells += [
        Cell("markdown", f"**Question {number}.** {bare(in_notebook.question)}\n\n{hints}"),
        Cell("code", f"answer_{number} = None  # {in_notebook.answer}"),
        Cell("code", in_notebook.check),
    ]
    return cells


def _program(config: TrainingConfig, shown: dict[str, str], before: str, *, trains: bool) -> list[Cell]:
    """Return the cells of a program that are not as they were shown last.

    Args:
        shown: what was shown last, by section; it is brought up to date.
        before: code that stands before the training's loop.
        trains: whether its training and its scores are wanted; else the network alone.
    """
    first, *sections = sections_of(program(config).text)
    cells = _constants(first, shown)
    rebatched = bool(cells)
    for section in sections:
        if section.heading == TRAINING:
            if trains:
                definitions, loop, body = section.code.partition(_LOOP)
                cells += _headed(Section(section.heading, definitions))
                cells += [Cell("code", before)] if before else []
                cells.append(Cell("code", loop + body))
        elif section.heading == SCORES:
            cells += _headed(section) if trains else []
        else:
            if shown.get(section.heading) != section.code:
                cells += _headed(section)
            elif rebatched and _ORDER in section.code:
                cells.append(Cell("code", section.code[section.code.index(_ORDER) :]))
            shown[section.heading] = section.code
    return cells


def _constants(first: Section, shown: dict[str, str]) -> list[Cell]:
    """Return the beginning of a program: all of it the first time, later the constants that are other ones."""
    before, shown[""] = shown.get(""), first.code
    if before is None:
        return [Cell("code", first.code)]
    known = before.splitlines()
    changed = [line for line in first.code.splitlines() if line not in known and line[:1].isupper()]
    return [Cell("code", "\n".join(changed))] if changed else []


def _headed(section: Section) -> list[Cell]:
    return [Cell("markdown", f"### {section.heading}"), Cell("code", section.code)]


def _functions(file: str) -> str:
    """Return the functions of a module as they stand there. It is read and not imported: one needs TensorFlow."""
    text = (FOLDER / file).read_text(encoding="utf-8")
    lines = text.splitlines()
    functions = [node for node in parsed(text).body if isinstance(node, ast.FunctionDef)]
    return "\n\n\n".join(
        "\n".join(lines[min([node.lineno, *(part.lineno for part in node.decorator_list)]) - 1 : node.end_lineno])
        for node in functions
    ).replace("  # noqa: FBT001", "")
