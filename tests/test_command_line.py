"""`python -m bn_core train`, as a person or a script calls it: in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

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


def test_the_same_command_gives_the_same_bits(short_run, tmp_path):
    file = tmp_path / "again.json"
    lab("train", *SHORT, "--quiet", "--json", str(file), home=tmp_path)
    first, again = (json.loads(path.read_text(encoding="utf-8")) for path in (short_run[1], file))
    assert first["evaluations"] == again["evaluations"]
    assert first["final"] == again["final"]


def test_quiet_prints_the_final_lines_only(tmp_path):
    run = lab("train", *SHORT, "--quiet", "--placement", "none", home=tmp_path)
    assert [line.split(":")[0] for line in run.stdout.splitlines()] == [
        "Final validation accuracy",
        "Final test accuracy",
        "Accuracy on 100 samples",
    ]
    assert run.stderr == ""


def test_a_run_that_fails_says_why_and_still_writes_its_file(tmp_path):
    file = tmp_path / "failed.json"
    options = ("--placement", "none", "--initializer", "he", "--learning-rate", "1", "--batches", "300")
    run = lab("train", "--dataset", "mnist-5k", "--batch-size", "8", *options, "--json", str(file), home=tmp_path)
    result = json.loads(file.read_text(encoding="utf-8"))
    assert run.returncode == 1
    assert f"failed at step {result['failed']['step']}" in run.stderr
    assert result["failed"]["layer"] in result["failed"]["cause"]
    assert result["final"] is None
    assert result["evaluations"]
    assert "Traceback" not in run.stderr


def test_where_mnist_cannot_be_had_the_default_run_goes_on_with_mnist_5k(tmp_path):
    options = ("--batches", "1", "--batch-size", "1", "--quiet")
    missing = {"BN_MNIST": str(tmp_path / "nowhere.npz")}
    run = lab("train", *options, home=tmp_path, **missing)
    assert run.returncode == 0
    assert "goes on with mnist-5k" in run.stderr
    asked = lab("train", *options, "--dataset", "mnist", home=tmp_path, **missing)
    assert asked.returncode == 1
    assert "BN_MNIST" in asked.stderr
    assert "Traceback" not in asked.stderr


@pytest.mark.parametrize(("field", "value"), HOSTILE, ids=lambda value: ascii(value)[:20])
def test_a_wrong_value_gets_one_clear_sentence(field, value, tmp_path):
    run = lab("train", "--" + field.replace("_", "-"), value, home=tmp_path)
    assert run.returncode == 2
    assert f"{field} must be" in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    assert len(run.stderr) < 600


def test_every_wrong_value_is_named_at_once(tmp_path):
    run = lab("train", "--seed", "-1", "--epsilon", "2", home=tmp_path)
    assert "seed must be a whole number from 0 to 2147483647" in run.stderr
    assert "epsilon must be a number from 1e-08 to 1" in run.stderr


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
