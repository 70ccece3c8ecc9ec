"""`python -m bn_core sweep` with a real host and pretended trainings."""

from __future__ import annotations

import functools
import importlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bn_core.cli import lab
from bn_core.cli.sweep import LOST, sentence
from bn_core.config import TrainingConfig
from bn_core.engine.host_process import HostProcess
from bn_core.runs.store import Store
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import to_toml
from bn_core.verdict import compare
from tests.engine.conftest import FAKE_HOST
from tests.engine.fake_trainer import DIES
from tests.runs.stand_ins import tamper

MODULE = importlib.import_module("bn_core.cli.sweep")
"""Not the command of the same name."""

SMALL = ("--placement", "none,before", "--batches", "20", "--dataset", "mnist-5k")

Ask = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def ask(home: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The command, with a host of pretended trainings."""
    monkeypatch.setattr(MODULE, "HostProcess", functools.partial(HostProcess, command=(sys.executable, str(FAKE_HOST))))
    return lambda *arguments: CliRunner().invoke(lab, ["sweep", *arguments])


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = Store.open(home)
    yield opened
    opened.close()


def test_members_and_comparisons_are_written(ask: Ask, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    result = ask(*SMALL, "--seeds", "0-1", "--json", str(file))
    assert result.exit_code == 0, result.output
    written = json.loads(file.read_text(encoding="utf-8"))
    plan = Sweep.of("Sweep", {"batches": 20, "dataset": "mnist-5k"}, {"placement": ["none", "before"], "seed": [0, 1]})
    assert [TrainingConfig.of(member["config"]) for member in written["members"]] == list(plan.members)
    assert all(member["final"] and member["evaluations"] for member in written["members"])
    groups = {arm.name: [_accuracy(written, member) for member in arm.members] for arm in plan.arms}
    assert written["comparisons"] == [one.to_json() for one in compare(groups, plan.pairs)]
    assert [run.recording for run in store.runs()] == ["scores"] * 4


def _accuracy(written: dict, config: TrainingConfig) -> float:
    (member,) = [one for one in written["members"] if TrainingConfig.of(one["config"]) == config]
    accuracy: float = member["final"]["test_accuracy"]
    return accuracy


def test_what_was_trained_is_not_trained_again(ask: Ask, store: Store) -> None:
    assert ask(*SMALL, "--seeds", "0-1").exit_code == 0
    first = {run.id for run in store.runs()}
    assert "6 trainings, 2 of them to be done" in ask(*SMALL, "--seeds", "0-2").output
    assert len(store.runs()) == len(first) + 2
    assert "0 of them to be done" in ask(*SMALL, "--seeds", "0-2").output
    assert len(store.runs()) == len(first) + 2


def test_what_is_damaged_counts_for_nothing(ask: Ask, store: Store, tmp_path: Path) -> None:
    assert ask(*SMALL, "--seeds", "0-1").exit_code == 0
    first, second, *_ = store.runs()
    tamper(store, "UPDATE runs SET test_accuracy = 0.99 WHERE id = ?", first.id)
    result = ask(*SMALL, "--seeds", "0-1")
    assert result.exit_code == 0, result.output
    assert "4 trainings, 1 of them to be done" in result.output
    tamper(store, "DELETE FROM events WHERE run_id = ? AND kind = 'Step'", second.id)
    result = ask(*SMALL, "--seeds", "0-1", "--json", str(tmp_path / "result.json"))
    assert result.exit_code == 1
    assert f"Run {second.id} is damaged" in result.output
    assert "Traceback" not in result.output


def test_a_file_says_the_same(ask: Ask, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    varied = {"placement": ["none", "before"], "seed": [0]}
    file.write_text(to_toml(Sweep.of("Mine", {"batches": 20, "dataset": "mnist-5k"}, varied)), encoding="utf-8")
    result = ask(str(file))
    assert result.exit_code == 0, result.output
    assert "Mine" in result.output
    assert len(store.runs()) == 2


def test_a_wrong_option_trains_nothing(ask: Ask, store: Store, tmp_path: Path) -> None:
    for arguments in (
        ("--placement", "above"),
        ("--seeds", "4-0"),
        ("--resume", "nosuchid00"),
        (str(tmp_path / "nowhere.toml"),),
        (str(tmp_path / "nowhere.toml"), "--seeds", "0-1"),
    ):
        result = ask(*arguments)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
    assert store.runs() == []


def test_control_c_pauses_and_says_how_to_go_on(ask: Ask, home: Path, store: Store) -> None:
    script = (
        "import functools, importlib, signal, sys\n"
        # Where the tests are started in the background of a shell, nothing that they start hears of Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from bn_core.cli import run\n"
        "from bn_core.engine.host_process import HostProcess\n"
        f"host = functools.partial(HostProcess, command=(sys.executable, {str(FAKE_HOST)!r}))\n"
        "importlib.import_module('bn_core.cli.sweep').HostProcess = host\n"
        "run(sys.argv[1:], 'lab')\n"
    )
    # More than is trained before the press comes, however late that is: these trainings take no time of their own.
    endless = ["--seeds", "0-49", "--batches", "5000", "--dataset", "mnist-5k"]
    command = [sys.executable, "-c", script, "sweep", *endless]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lines = []
    while not any(run.step for run in store.runs()):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    lines += process.communicate()
    assert process.returncode == 130
    (record,) = store.sweeps(store.runs()[0].owner)
    assert record.state == "paused"
    assert f"--resume {record.id}" in "".join(lines)


def test_it_pauses_where_a_run_takes_its_worker_with_it_again_and_again(ask: Ask, store: Store) -> None:
    result = ask("--seeds", f"0,{DIES}", "--batches", "40", "--dataset", "mnist-5k")
    assert result.exit_code == 130
    assert LOST.format(count=1) in result.output
    assert {run.config.seed: run.status for run in store.runs()} == {0: "finished", DIES: "interrupted"}
    assert f"--resume {store.runs()[0].sweep}" in result.output


def test_a_verdict_is_one_sentence_no_stronger_than_the_scores() -> None:
    groups = {"a": [0.1] * 5, "b": [0.9] * 5, "c": [0.1, 0.9, 0.1, 0.9, 0.5], "d": [0.5, None, 0.5], "e": [0.5]}
    told = {
        verdict.verdict: sentence(verdict)
        for pair in (("a", "b"), ("a", "c"), ("a", "d"), ("a", "e"))
        for verdict in compare(groups, [pair])
    }
    assert set(told) == {"difference", "no-difference", "not-finite", "too-few-seeds"}
    assert "+80.00 points" in told["difference"]
    assert "differs" not in "".join(words for verdict, words in told.items() if verdict != "difference")
