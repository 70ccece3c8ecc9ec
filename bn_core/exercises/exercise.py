"""The exercises, as their files say them: `N-key.toml` beside this module, read and checked once.

An exercise never has its answer: it names a measure (`bn_core.exercises.measures`), which works the answer out from the
run that the learner shows.
"""

from __future__ import annotations

import functools
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bn_core.config import FIELD_BY_NAME, ConfigError, TrainingConfig
from bn_core.exercises.measures import MEASURES, Kind, Measure
from bn_core.protocol import MOST_STEPS
from bn_core.source_code.parsing import parsed

FOLDER = Path(__file__).parent
_NAME = re.compile(r"(\d+)-([a-z-]+)\.toml")
_TEXTS = ("title", "aim", "task", "question", "unit", "page", "nowhere")
_TABLES = ("sets", "runs", "twin", "choices", "explanation", "mistakes", "notebook")
_WANTED = ("title", "aim", "task", "question", "measure", "hints", "explanation", "notebook", "sets", "page")


class ExerciseProblem(ValueError):  # noqa: N818 - named for what it tells
    """A file that is no exercise. Its text names the file, the line or the key, and what to do."""


@dataclass(frozen=True)
class InNotebook:
    """What an exercise is in the take-home notebook, where there is no app.

    Attributes:
        task: what to do, as Markdown; question and hints: those of the exercise where the notebook has no others.
        program: which of the cells of its configuration's program are wanted: `train` for all, `network` for all but
            the training, an empty text for none.
        before: code that stands before the training's loop; after: code after the program.
        answer: what can be answered, said beside the cell for it.
        check: code that works out `right_N` and checks `answer_N`, N being the exercise's number.
    """

    task: str
    question: str
    hints: tuple[str, ...]
    program: str
    before: str
    after: str
    answer: str
    check: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        number: its place, from 1.
        key: what code and addresses call it.
        title, aim: what it is called, and what it is good for.
        task: what to do in the app, as Markdown with terms.
        page: where the answer can be read off a run, by the page's file; step: the step to look at there, where it
            matters.
        sets: the fields of the configuration that its link sets on the page Train.
        runs: which runs can answer: for each field the values that are allowed.
        twin: the fields in which the run to compare with differs; empty where there is nothing to compare with.
        question: as Markdown with terms. `unit`: what a number counts; `nowhere`: how a layer or a step says that
            there is none.
        measure: what works the answer out.
        choices: what can be chosen, by key.
        hints: to be shown one by one.
        explanation: by case of the measure, with its figures in braces.
        mistakes: why a wrong answer is wrong, by the measure's key; `other` where no mistake is recognized.
        notebook: the task in the take-home notebook.
        anonymous: whether the run is shown by its final lines, and without the name that would tell the answer.
    """

    number: int
    key: str
    title: str
    aim: str
    task: str
    page: str
    step: int | None
    sets: Mapping[str, object]
    runs: Mapping[str, tuple[object, ...]]
    twin: Mapping[str, object]
    question: str
    unit: str
    nowhere: str
    measure: Measure
    choices: Mapping[str, str]
    hints: tuple[str, ...]
    explanation: Mapping[str, str]
    mistakes: Mapping[str, str]
    notebook: InNotebook
    anonymous: bool

    @property
    def kind(self) -> Kind:
        """The kind of its answers."""
        return self.measure.kind

    def config(self, base: TrainingConfig) -> TrainingConfig:
        """The configuration that its link sets, the rest as in `base`."""
        return base.with_(**self.sets)

    def fits(self, config: TrainingConfig) -> bool:
        """Whether a run of this configuration can be asked."""
        return all(getattr(config, name) in allowed for name, allowed in self.runs.items())

    def intended(self, config: TrainingConfig) -> bool:
        """Whether a run of this configuration is what the exercise's link sets, on any data set and with any seed."""
        return self.fits(config) and all(getattr(config, name) == value for name, value in self.sets.items())

    def twin_of(self, config: TrainingConfig) -> TrainingConfig | None:
        """The configuration of the run to compare with; None where there is nothing to compare with."""
        return config.with_(**self.twin) if self.twin else None


@functools.cache
def exercises() -> tuple[Exercise, ...]:
    """All of them, in order.

    Raises:
        ExerciseProblem: a file that is no exercise.
    """
    return read_folder(FOLDER)


def read_folder(folder: Path) -> tuple[Exercise, ...]:
    """The exercises of a folder, in order.

    Raises:
        ExerciseProblem: a file that is no exercise, or two of one number.
    """
    found = sorted((read(file) for file in folder.glob("*.toml") if _NAME.fullmatch(file.name)), key=lambda e: e.number)
    for place, exercise in enumerate(found, 1):
        if exercise.number != place:
            raise ExerciseProblem(f"{folder}: exercise {place} is missing or there twice: number the files from 1.")
    return tuple(found)


def read(file: Path) -> Exercise:
    """The exercise that a file says.

    Raises:
        ExerciseProblem: it is none.
    """
    named = _NAME.fullmatch(file.name)
    if named is None:
        raise ExerciseProblem(f"{file.name}: call the file by number and key, such as 3-signal.toml.")
    try:
        text = file.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as problem:
        raise ExerciseProblem(f"{file.name} cannot be read ({problem}): save it as a text file in UTF-8.") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ExerciseProblem(f"{file.name} is not TOML: {problem}. Mend that line.") from problem
    checked = _Checked(file.name, text, values)
    return checked.exercise(int(named[1]), named[2])


class _Checked:
    """The values of a file, each checked when it is taken."""

    def __init__(self, name: str, text: str, values: dict[str, Any]) -> None:
        self._name, self._lines, self._values = name, text.splitlines(), values

    def exercise(self, number: int, key: str) -> Exercise:
        known = {*_TEXTS, *_TABLES, "measure", "hints", "anonymous", "step"}
        for name in self._values:
            if name not in known:
                raise self._problem(name, f"is not known; the keys are {', '.join(sorted(known))}")
        for name in _WANTED:
            if name not in self._values:
                raise ExerciseProblem(f"{self._name}: the key {name} is missing: add it.")
        measure = MEASURES.get(self._text("measure"))
        if measure is None:
            raise self._problem("measure", f"must be one of {', '.join(MEASURES)}")
        exercise = Exercise(
            number,
            key,
            **{name: self._text(name) for name in ("title", "aim", "task", "page", "question", "unit", "nowhere")},
            step=self._step(),
            sets=self._table("sets"),
            runs={name: self._values_of(name, value) for name, value in self._table("runs").items()},
            twin=self._table("twin"),
            measure=measure,
            choices=self._texts("choices", measure.choices),
            hints=self._hints(self._values["hints"], "hints"),
            explanation=self._templates("explanation", measure.cases, measure.figures),
            mistakes=self._templates("mistakes", (*measure.mistakes, "other"), measure.figures),
            notebook=self._in_notebook(),
            anonymous=self._anonymous(),
        )
        if measure.kind in ("layer", "step") and not exercise.nowhere:
            raise ExerciseProblem(
                f"{self._name}: the key nowhere is missing: say how {measure.kind} says that it has none."
            )
        self._configuration("sets", exercise.sets)
        self._configuration("twin", exercise.twin)
        return exercise

    def _problem(self, key: str, what: str) -> ExerciseProblem:
        last = key.split(".")[-1]
        place = next(
            (number for number, line in enumerate(self._lines, 1) if re.match(rf"\s*\[?\"?{re.escape(last)}\b", line)),
            None,
        )
        where = self._name if place is None else f"{self._name}, line {place}"
        return ExerciseProblem(f"{where}: {key} {what}.")

    def _text(self, key: str) -> str:
        value = self._values.get(key, "")
        if not isinstance(value, str) or (key in _WANTED and not value.strip()):
            raise self._problem(key, "must be a text: write it in quotes")
        return value.strip()

    def _table(self, key: str) -> dict[str, Any]:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self._problem(key, f"must be a table: begin it by [{key}]")
        return value

    def _texts(self, key: str, wanted: tuple[str, ...]) -> dict[str, str]:
        table = self._table(key)
        if set(table) != set(wanted) or not all(isinstance(text, str) and text.strip() for text in table.values()):
            raise self._problem(key, f"must have a text for each of: {', '.join(wanted) or 'nothing'}")
        return {name: str(table[name]).strip() for name in wanted}

    def _templates(self, key: str, wanted: tuple[str, ...], figures: tuple[str, ...]) -> dict[str, str]:
        texts = self._texts(key, wanted)
        for name, text in texts.items():
            try:
                asked = {part for _, part, _, _ in string.Formatter().parse(text) if part is not None}
            except ValueError as problem:
                raise self._problem(
                    f"{key}.{name}", f"has braces that do not match ({problem}): write {{{{ for one"
                ) from None
            if unknown := asked - set(figures):
                raise self._problem(
                    f"{key}.{name}", f"asks for {', '.join(sorted(unknown))}; the figures are {', '.join(figures)}"
                )
        return texts

    def _hints(self, hints: object, key: str) -> tuple[str, ...]:
        if (
            not isinstance(hints, list)
            or not hints
            or not all(isinstance(hint, str) and hint.strip() for hint in hints)
        ):
            raise self._problem(key, "must be a list of at least one text")
        return tuple(hint.strip() for hint in hints)

    def _in_notebook(self) -> InNotebook:
        values: dict[str, Any] = {
            "question": self._text("question"),
            "hints": self._hints(self._values["hints"], "hints"),
        }
        table = self._table("notebook")
        known = [each.name for each in fields(InNotebook)]
        for name, value in table.items():
            key = f"notebook.{name}"
            if name not in known:
                raise self._problem(key, f"is not known; the keys are {', '.join(known)}")
            if name == "hints":
                values[name] = self._hints(value, key)
            elif not isinstance(value, str):
                raise self._problem(key, "must be a text: write it in quotes")
            else:
                values[name] = value.strip("\n")
            if name in ("before", "after", "check"):
                self._python(key, str(value))
        for name in ("task", "answer", "check"):
            if not values.get(name):
                raise self._problem("notebook", f"needs the key {name}: add it")
        if values.get("program", "") not in ("", "train", "network"):
            raise self._problem("notebook.program", "must be train, network or left out")
        return InNotebook(**{"program": "", "before": "", "after": ""} | values)

    def _python(self, key: str, code: str) -> None:
        try:
            parsed(code)
        except SyntaxError as problem:
            raise self._problem(key, f"is no Python, in its line {problem.lineno}: {problem.msg}") from problem

    def _step(self) -> int | None:
        value = self._values.get("step")
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_STEPS
        ):
            raise self._problem("step", f"must be a whole number from 0 to {MOST_STEPS}")
        return value

    def _anonymous(self) -> bool:
        value = self._values.get("anonymous", False)
        if not isinstance(value, bool):
            raise self._problem("anonymous", "must be true or false")
        return value

    def _values_of(self, name: str, value: object) -> tuple[object, ...]:
        values = tuple(value) if isinstance(value, list) else (value,)
        if name not in FIELD_BY_NAME:
            raise self._problem(f"runs.{name}", f"is no field of a configuration; these are {', '.join(FIELD_BY_NAME)}")
        for each in values:
            self._configuration("runs", {name: each})
        return values

    def _configuration(self, table: str, values: Mapping[str, object]) -> None:
        try:
            TrainingConfig.of(dict(values))
        except ConfigError as problem:
            raise self._problem(f"{table}.{problem.problems[0].field}", f"cannot be used: {problem}"[:-1]) from problem
