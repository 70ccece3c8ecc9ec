"""`python -m bn_core train`, as a person or a script calls it: in its own process where that makes a difference."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from bn_core.cli import lab as command_line
from bn_core.config import FIELDS

SHORT = ("--dataset", "mnist-5k", "--batches", "3", "--batch-size", "8")

HOSTILE = [
    ("placement", "sideways"),
    ("placement", ""),
    ("placement", "Before"),
    ("placement", "../../etc/passwd"),
    ("implementation", "by hand"),
    ("implementation", "None"),
    ("initializer", "0"),
    ("initializer", "glorot\n"),
    ("bug", "true"),
    ("dataset", "cifar-10"),
    ("dataset", "mnist; rm -rf /"),
    ("batches", "0"),
    ("batches", "5001"),
    ("batches", "-1"),
    ("batches", "1e3"),
    ("batches", "12.5"),
    ("batches", "９"),
    ("batches", "9" * 5000),
    ("batch_size", "513"),
    ("batch_size", "nan"),
    ("batch_size", "0x10"),
    ("learning_rate", "0"),
    ("learning_rate", "nan"),
    ("learning_rate", "inf"),
    ("learning_rate", "1,5"),
    ("momentum", "1"),
    ("momentum", "-0.1"),
    ("epsilon", "0"),
    ("epsilon", "1e-400"),
    ("seed", "2147483648"),
    ("seed", "1_000"),
    ("seed", "\u202e7"),
]


def lab(*arguments, home, **environment):
    return subprocess.run(
        [sys.executable, "-m", "bn_core", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        env=os.environ | {"BN_HOME": str(home), "PYTHONIOENCODING": "utf-8"} | environment,
    )


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Calls the command in this process, where a process of its own would tell no more and take seconds to start."""
    monkeypatch.setenv("BN_HOME", str(tmp_path / "home"))

    def called(*arguments: str) -> Result:
        result = CliRunner().invoke(command_line, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return called


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    file = home / "results" / "run.json"
    return lab("train", *SHORT, "--json", str(file), home=home), file


def test_it_prints_the_notebooks_lines(short_run):
    lines = short_run[0].stdout.splitlines()
    assert short_run[0].returncode == 0
    assert re.fullmatch(r"Batch:  0: Validation loss: \d\.\d{5}, Validation accuracy: [01]\.\d{5}", lines[0])
    assert re.fullmatch(r"Final validation accuracy: [01]\.\d{5}", lines[1])
    assert re.fullmatch(r"Final test accuracy: [01]\.\d{5}", lines[2])
    assert re.fullmatch(r"Accuracy on 100 samples: [01]\.\d+", lines[3])
    assert len(lines) == 4


def test_progress_with_time_left_goes_to_standard_error(short_run):
    assert "batch 3 of 3, about 0 s left" in short_run[0].stderr
    assert "oneDNN" not in short_run[0].stderr


def test_the_json_file_has_the_agreed_form(short_run):
    result = json.loads(short_run[1].read_text(encoding="utf-8"))
    assert result.keys() == {"config", "versions", "evaluations", "final", "seconds", "milliseconds_per_step"}
    assert result["config"].keys() == {field.name for field in FIELDS}
    assert [evaluation["step"] for evaluation in result["evaluations"]] == [0, 1, 2, 3]
    assert all(
        evaluation.keys() == {"step", "loss", "moving", "batch", "recalibrated"} for evaluation in result["evaluations"]
    )
    assert result["final"].keys() == {
        "validation_accuracy",
        "test_accuracy",
        "one_by_one_accuracy",
        "one_by_one_accuracy_batch_statistics",
    }
    assert all(0 <= value <= 1 for value in result["final"].values())
    assert result["milliseconds_per_step"] > 0


@pytest.fixture(scope="module")
def quiet_run(tmp_path_factory):
    """The same in another process."""
    home = tmp_path_factory.mktemp("home")
    file = home / "again.json"
    return lab("train", *SHORT, "--quiet", "--json", str(file), home=home), file


@pytest.mark.long
def test_the_same_command_gives_the_same_bits(short_run, quiet_run):
    first, again = (json.loads(path.read_text(encoding="utf-8")) for _, path in (short_run, quiet_run))
    assert first["evaluations"] == again["evaluations"]
    assert first["final"] == again["final"]


@pytest.mark.long
def test_quiet_prints_the_final_lines_only(quiet_run):
    run, _ = quiet_run
    assert [line.split(":")[0] for line in run.stdout.splitlines()] == [
        "Final validation accuracy",
        "Final test accuracy",
        "Accuracy on 100 samples",
    ]
    assert run.stderr == ""


def test_a_run_that_fails_says_why_and_still_writes_its_file(here, tmp_path):
    file = tmp_path / "failed.json"
    options = ("--placement", "none", "--initializer", "he", "--learning-rate", "1", "--batches", "300")
    run = here("train", "--dataset", "mnist-5k", "--batch-size", "8", *options, "--json", str(file))
    result = json.loads(file.read_text(encoding="utf-8"))
    assert run.exit_code == 1
    assert f"failed at step {result['failed']['step']}" in run.stderr
    assert result["failed"]["layer"] in result["failed"]["cause"]
    assert result["final"] is None
    assert result["evaluations"]


def test_where_mnist_cannot_be_had_the_default_run_goes_on_with_mnist_5k(here, tmp_path, monkeypatch):
    options = ("--batches", "1", "--batch-size", "1", "--placement", "none", "--quiet")
    monkeypatch.setenv("BN_MNIST", str(tmp_path / "nowhere.npz"))
    run = here("train", *options)
    assert run.exit_code == 0
    assert "goes on with mnist-5k" in run.stderr
    asked = here("train", *options, "--dataset", "mnist")
    assert asked.exit_code == 1
    assert "BN_MNIST" in asked.stderr


@pytest.mark.parametrize(("field", "value"), HOSTILE, ids=lambda value: ascii(value)[:20])
def test_a_wrong_value_gets_one_clear_sentence(field, value, here):
    run = here("train", "--" + field.replace("_", "-"), value)
    assert run.exit_code == 2
    assert f"{field} must be" in run.stderr
    assert run.stdout == ""
    assert len(run.stderr) < 600


def test_every_wrong_value_is_named_at_once(tmp_path):
    run = lab("train", "--seed", "\u202e7", "--epsilon", "2", home=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    assert "seed must be a whole number from 0 to 2147483647" in run.stderr
    assert "epsilon must be a number from 1e-8 to 1" in run.stderr


def test_a_file_that_cannot_be_written_is_said_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    run = lab("train", *SHORT, "--json", str(tmp_path / "file" / "run.json"), home=tmp_path)
    assert run.returncode == 2
    assert "cannot be written" in run.stderr
    assert run.stdout == ""


def test_help_teaches_every_option(tmp_path):
    text = lab("train", "--help", home=tmp_path).stdout
    for field in FIELDS:
        assert "--" + field.name.replace("_", "-") in text
    assert "population" in text
