"""Any stream of any command may be closed, full, or know few letters: the result, or one sentence and exit code 1."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bn_core.config import TrainingConfig
from bn_core.source_code import notebook, program

PROJECT = Path(__file__).parents[1]
TRAIN = "train --dataset mnist-5k --batches 2 --batch-size 4"
LINES = 4
"""That such a training prints."""

LAB = "-m bn_core"
QUICK = "-m tests.quick_lab"
"""The same without TensorFlow, which has nothing to do with most streams and takes ten seconds each time."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these are a POSIX shell's ways to say it")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")


def shell(tail: str, home: Path, command: str = LAB, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run what a person would type, in Bash or the like: `tail` has the redirections."""
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" {command} {tail}'],
        cwd=PROJECT,
        env=os.environ | {"BN_HOME": str(home), "HTTPS_PROXY": "http://127.0.0.1:9"} | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("command", "redirected", "said"),
    [
        *((command, ">&-", "is closed") for command in ("code", "code --help", "--help", "doctor", TRAIN)),
        *(
            pytest.param(command, ">/dev/full", "No space left", marks=full)
            for command in ("code", "code --help", "--help", TRAIN)
        ),
    ],
)
def test_standard_output_that_cannot_be_written_is_one_sentence(command, redirected, said, tmp_path):
    done = shell(f"{command} {redirected}", tmp_path, QUICK if command in ("doctor", TRAIN) else LAB)
    assert done.returncode == 1
    (sentence,) = [line for line in done.stderr.splitlines() if "about 0 s left" not in line]
    assert said in sentence
    assert "nothing can be printed" in sentence


@pytest.mark.parametrize("redirected", ["2>&-", pytest.param("2>/dev/full", marks=full), "<&- 2>&-"])
def test_without_standard_error_the_result_comes_all_the_same(redirected, tmp_path):
    assert shell(f"code {redirected}", tmp_path).stdout == program(TrainingConfig()).text
    assert shell(f"code --nothing {redirected}", tmp_path).returncode == 2
    assert shell(f"record --only nothing {redirected}", tmp_path).returncode == 2


@full
def test_a_training_without_standard_error_prints_its_lines(tmp_path):
    done = shell(f"{TRAIN} 2>/dev/full", tmp_path, QUICK)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, LINES)


@pytest.mark.parametrize(
    # TensorFlow itself starts without any stream.
    ("redirected", "command"),
    [("<&- >&- 2>&-", LAB), pytest.param(">/dev/full", QUICK, marks=full)],
)
def test_a_json_file_gets_its_result_without_standard_output(redirected, command, tmp_path):
    file = tmp_path / "run.json"
    done = shell(f"{TRAIN} --placement none --json {file} {redirected}", tmp_path, command)
    assert done.returncode == 1
    assert json.loads(file.read_text(encoding="utf-8"))["final"] is not None
    assert shell(f"code --output {tmp_path / 'program.py'} {redirected}", tmp_path).returncode == 0


def test_a_reader_that_had_enough_gets_no_complaint(tmp_path):
    done = shell("code | head -1", tmp_path)
    assert done.stdout == program(TrainingConfig()).text.splitlines()[0] + "\n"
    assert done.stderr == ""


def test_a_file_named_dash_is_standard_output(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    at = {"PYTHONPATH": str(PROJECT)}
    inside = f"import os; os.chdir({str(folder)!r}); from tests.quick_lab import main; main()"
    module = f'-c "{inside}"'
    assert shell("code --output -", tmp_path, module, **at).stdout == program(TrainingConfig()).text
    made = shell("code --output - --format ipynb", tmp_path, module, **at)
    assert made.stdout == notebook(program(TrainingConfig()).text)
    trained = shell(f"{TRAIN} --json -", tmp_path, module, **at)
    assert json.loads(trained.stdout)["final"]["test_accuracy"] >= 0
    assert "Final test accuracy" in trained.stderr
    assert list(folder.iterdir()) == []


@full
def test_a_result_file_on_a_full_disk_is_one_sentence(tmp_path):
    done = shell(f"{TRAIN} --json /dev/full", tmp_path, QUICK)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Error: /dev/full could not be written (No space left on device)."
    assert [line.split(":")[0] for line in done.stdout.splitlines()[-3:]] == [
        "Final validation accuracy",
        "Final test accuracy",
        "Accuracy on 100 samples",
    ], "what the run came to is lost with its file"
    done = shell("code --output /dev/full", tmp_path)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr


def narrow(encoding: str, home: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *module.split(), *arguments],
        cwd=PROJECT,
        env=os.environ | {"BN_HOME": str(home), "PYTHONIOENCODING": encoding, "HTTPS_PROXY": "http://127.0.0.1:9"},
        capture_output=True,
        timeout=900,
        check=False,
    )


def test_letters_that_standard_output_does_not_know_stop_nothing(tmp_path):
    done = narrow("latin-1", tmp_path / "数据", QUICK, "doctor")
    assert done.returncode == 0, done.stdout
    assert done.stderr == b""
    assert b"\\u6570\\u636e' can be written" in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "ascii:strict"])
def test_letters_that_standard_error_does_not_know_stop_nothing(encoding, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = narrow(encoding, tmp_path, LAB, "code", "--output", str(tmp_path / "file" / "数据.py"))
    assert done.returncode == 2
    assert b"cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr
