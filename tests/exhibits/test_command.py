"""`python -m bn_core record`: what it refuses, and that it makes what the app reads."""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bn_core.cli import lab, options
from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.data.files import load
from bn_core.exhibits import Library
from bn_core.exhibits.catalogue import Exhibit, exhibits
from bn_core.exhibits.recording import plan
from bn_core.exhibits.recording.jobs import Job, RecordingFailed, run_jobs
from bn_core.exhibits.recording.plan import FOLDER, UnknownExhibit, job, named
from bn_core.exhibits.recording.recording import Recording
from bn_core.packing import made
from tests.exhibits.made_up import recording

COMMAND = importlib.import_module("bn_core.cli.record")
"""The module: the name in its package is the command's."""

TINY = TrainingConfig(dataset="mnist-5k", batches=2)
PLAN = (
    Exhibit("tiny", "short", "A tiny run", TINY),
    Exhibit("tiny-none", "short", "Another", TINY.with_(placement="none", bias=True)),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder and a folder for the app's files of its own, and two runs of two batches to record."""
    monkeypatch.setenv("BN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(plan, "exhibits", lambda: PLAN)
    monkeypatch.setattr(COMMAND, "exhibits", lambda: PLAN)
    monkeypatch.setattr(COMMAND, "DATA", tmp_path / "data")
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(lab, ["record", *arguments])


def test_names_are_keys_or_groups() -> None:
    assert named(()) == exhibits()
    assert [exhibit.key for exhibit in named(["short"])] == ["short"]
    assert [exhibit.key for exhibit in named(["before-seed-3", "none"])] == ["none", "before-seed-3"]
    assert {exhibit.group for exhibit in named(["race", "before"])} == {"race"}
    with pytest.raises(UnknownExhibit, match=r"'nothing'.*before-seed-3"):
        named(["before", "nothing"])


def test_an_exhibit_can_be_told_to_another_process() -> None:
    for exhibit in exhibits():
        assert made(Exhibit, json.loads(json.dumps(asdict(exhibit)))) == exhibit


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--only", "nothing"], "nothing"), (["--jobs", "0"], "1<=x"), (["--jobs", "x"], "x")]
)
def test_what_makes_no_sense_is_refused(home: Path, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert not home.exists()


def test_without_the_full_mnist_nothing_is_begun(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "exhibits", exhibits)
    monkeypatch.setenv("BN_MNIST", str(tmp_path / "nowhere.npz"))
    result = run("--only", "race")
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1
    assert "nowhere.npz" in result.output
    assert not (home / FOLDER).exists()


def test_what_was_recorded_before_is_not_lost_by_mistake(home: Path) -> None:
    file = job(PLAN[0], home).file
    file.parent.mkdir(parents=True)
    recording(PLAN[0]).save(file)
    result = run()
    assert result.exit_code == 2
    assert "--resume" in result.output
    assert Recording.load(file).exhibit == PLAN[0]
    assert run("--only", "tiny").exit_code == 2


def test_runs_are_recorded_and_a_resumed_recording_keeps_what_it_has(home: Path, tmp_path: Path) -> None:
    file = job(PLAN[0], home).file
    file.parent.mkdir(parents=True)
    recording(PLAN[0]).save(file)
    result = run("--resume", "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert "tiny-none is recorded" in result.output
    shelf = Library(tmp_path / "data")
    kept, made = shelf.members()
    assert (kept.variant, kept.provenance.processor) == ("tiny", "a processor"), "it was not trained again"
    assert (made.variant, made.record.status, made.record.step) == ("tiny-none", "finished", 2)
    assert shelf.history(made.record.id).last_step == 2
    assert list((home / FOLDER).iterdir()) == []


def test_an_interrupted_recording_says_how_to_go_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(COMMAND, "run_jobs", interrupted)
    result = run()
    assert result.exit_code == 130
    assert "--resume" in result.output


def test_a_process_that_fails_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BN_MNIST", str(tmp_path / "nowhere.npz"))
    with pytest.raises(RecordingFailed, match=r"^before could not be recorded.*nowhere\.npz"):
        run_jobs([Job(named(["before"])[0], tmp_path / "before.zip")], 1, lambda key, steps, recorded: None)
    assert list(tmp_path.iterdir()) == []


def test_answers_can_be_added_without_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, str, Path]] = []

    def complete(exhibit: Exhibit, dataset: Dataset, folder: Path) -> int:
        asked.append((exhibit.key, dataset.name, folder))
        return len(asked)

    module = importlib.import_module("bn_core.exhibits.recording.complete")
    monkeypatch.setattr(module, "complete", complete)
    for command in (COMMAND, options):
        monkeypatch.setattr(command, "load", lambda name: load("mnist-5k"))
    monkeypatch.setattr(COMMAND, "DATA", tmp_path)
    monkeypatch.setenv("BN_HOME", str(tmp_path / "home"))
    result = run("--answers", "--only", "before", "--only", "none", "--only", "short")
    assert result.exit_code == 0, result.output
    assert result.output == "none: 1 answer added.\nbefore: 2 answers added.\n"
    assert asked == [("none", "mnist-5k", tmp_path), ("before", "mnist-5k", tmp_path)], "the short run has none"
