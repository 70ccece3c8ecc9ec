"""What the class said in a talk, as a table to keep: it is deleted when the talk ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from bn_core.exports.cell import cell
from bn_core.runs.classroom import Classroom
from bn_core.runs.presented import NoTalk, Presenter

COLUMNS = ("scene", "kind", "question", "value", "count")
"""The kind is choice, number, text, or exercise: what was handed in of the one that `question` names."""


@dataclass(frozen=True)
class Wording:
    """What a scene asked: the question, and what could be chosen, in order; nothing where a number was asked for."""

    question: str
    choices: tuple[str, ...] = ()


def export(room: Classroom, presenter: Presenter, asked: Mapping[str, Wording]) -> str:
    """Return what the class guessed and wrote up to now, as CSV with the header COLUMNS and without names.

    Args:
        asked: by scene.

    Raises:
        NotPresenting: this browser may not present.
        NoTalk: no talk is given.
    """
    now = room.presentation()
    if now is None:
        raise NoTalk
    file = io.StringIO(newline="")
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for scene in now.scenes:
        said, guesses = asked.get(scene, Wording("")), room.guesses(scene, presenter)
        for place, choice in enumerate(said.choices):
            table.writerow((scene, "choice", cell(said.question), cell(choice), guesses.choices.get(place, 0)))
        for number in guesses.numbers:
            table.writerow((scene, "number", cell(said.question), f"{number:.15g}", 1))
    for remark in reversed(room.remarks(presenter)):
        kind = "text" if remark.exercise is None else "exercise"
        table.writerow((remark.scene, kind, remark.exercise or "", cell(remark.text), 1))
    return file.getvalue()
