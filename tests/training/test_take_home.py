"""The take-home notebook: it runs from top to bottom without this lab, again in the same kernel, and grades."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from bn_core.config import TrainingConfig
from bn_core.exercises import exercises
from bn_core.exercises.take_home import take_home

SHORT = TrainingConfig.of({"dataset": "mnist-5k", "batches": 26, "batch_size": 16})

KERNEL = """
import contextlib, io, json, sys
cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
names = {"__name__": "__main__"}

def run(source):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(source, "<cell>", "exec"), names)
    return said.getvalue()

found = {"first": "".join(map(run, code)), "again": "".join(map(run, code)), "right": {}, "wrong": {}, "value": {}}
for source in code:
    if source.startswith("answer_"):
        number = source[7]
        right = names["right_" + number]
        right = "none" if right is None else right
        check = next(cell for cell in code if f"right_{number}" in cell and "check(" in cell and cell is not source)
        # Exercise 8 draws anew in another cell, not in this one.
        names["answer_" + number] = right
        found["right"][number] = run(check)
        names["answer_" + number] = "something else" if isinstance(right, str) else right + 1000
        found["wrong"][number] = run(check)
        found["value"][number] = str(right)
print(json.dumps(found))
"""
"""Runs the code cells in one namespace, twice, as a kernel does; then checks right and wrong answers."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> dict:
    """What the notebook said, in a Python that knows nothing of the lab."""
    folder = tmp_path_factory.mktemp("home")
    file = folder / "exercises.ipynb"
    file.write_text(take_home(SHORT), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", KERNEL, str(file)],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_it_is_a_notebook_with_every_exercise() -> None:
    made = nbformat.reads(take_home(TrainingConfig()), as_version=4)
    nbformat.validate(made)
    text = "\n".join(cell.source for cell in made.cells)
    for exercise in exercises():
        assert f"## {exercise.number}. {exercise.title}" in text
        assert f"answer_{exercise.number} = None" in text
    assert "[[" not in text
    assert "bn_core" not in "\n".join(cell.source for cell in made.cells if cell.cell_type == "code")


@pytest.mark.parametrize("time", ["first", "again"])
def test_it_runs_from_top_to_bottom_and_again_in_the_same_kernel(ran: dict, time: str) -> None:
    said = ran[time]
    assert said.count("Write your answer in place of None") == len(exercises())
    assert said.count("Final test accuracy") == 5  # four trainings, and once more beside the bias
    assert "layer 19:" in said


def test_the_second_time_gives_what_the_first_gave(ran: dict) -> None:
    def figures(said: str) -> list[str]:
        # Exercise 8 shuffles its two lines.
        return [line for line in said.splitlines() if not line.startswith(("A:", "B:", "TensorFlow was used"))]

    assert figures(ran["first"]) == figures(ran["again"])


def test_right_answers_are_right_and_wrong_ones_are_not(ran: dict) -> None:
    numbers = [str(exercise.number) for exercise in exercises()]
    assert list(ran["right"]) == numbers
    for number in numbers:
        assert ran["right"][number].startswith("Right."), ran
        assert ran["wrong"][number].startswith("Not yet."), ran
    assert ran["value"]["5"] == "64"


def test_an_exercise_shows_only_what_is_new_in_its_program() -> None:
    cells = json.loads(take_home(SHORT))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert sum("def load_data" in source for source in code) == 1
    assert any(source.splitlines()[0].startswith("MOMENTUM = 0.999") and "import" not in source for source in code)
    lines = sum(len(source.splitlines()) for source in code)
    assert lines < 700


def test_the_command_line_writes_it(tmp_path: Path) -> None:
    def code(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bn_core", "code", "--exercises", *options],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    file = tmp_path / "exercises.ipynb"
    assert code("--dataset", "mnist-5k", "--batches", "26", "--batch-size", "16", "--output", str(file)).returncode == 0
    assert file.read_text(encoding="utf-8") == take_home(SHORT)
    for wrong, named in ((("--placement", "after"), "placement"), (("--format", "py"), "--format")):
        refused = code(*wrong)
        assert refused.returncode == 2
        assert named in refused.stderr
        assert refused.stdout == ""
