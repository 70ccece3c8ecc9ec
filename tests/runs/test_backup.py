"""A copy of the whole store, and the store put back from one: whole, or nothing has changed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock

from bn_core.cli.backup import backup, restore
from bn_core.config import TrainingConfig
from bn_core.runs.database import FILE_NAME, LOCK_FILE
from bn_core.runs.schema import SCHEMA_VERSION
from bn_core.runs.store import Store
from bn_core.training.events import RecordedEvent, Step

OWNER = "a" * 64


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("BN_HOME", str(folder))
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite3"


def trained(home: Path, *seeds: int) -> list[str]:
    """Runs with a batch each, in the store of this folder."""
    store = Store.open(home)
    runs = []
    for seed in seeds:
        runs.append(store.add_run(TrainingConfig(seed=seed), OWNER))
        store.set_status(runs[-1], "running")
        store.append(runs[-1], [RecordedEvent.of(Step(1, 2.5, 0.1, 20.0))])
        store.set_status(runs[-1], "finished")
    store.close()
    return runs


def content(file: Path) -> list[str]:
    """Everything that a database holds, as statements."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def said(command, *arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(command, [str(each) for each in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def test_what_is_put_back_is_what_was_copied(home: Path, copy: Path) -> None:
    runs = trained(home, 0, 1)
    before = content(home / FILE_NAME)
    assert said(backup, copy)[0] == 0
    assert content(copy) == before
    trained(home, 2)
    code, words = said(restore, copy)
    assert (code, words.splitlines()[0]) == (0, "2 runs are back.")
    assert content(home / FILE_NAME) == before
    assert {run.id for run in Store.open(home).runs()} == set(runs)
    (aside,) = home.glob("runs-replaced-*.sqlite3")
    assert aside.name in words
    assert len(Store(aside).runs()) == 3  # nothing that was there is lost


def test_it_goes_to_another_machine(home: Path, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(home, 0)
    said(backup, copy)
    monkeypatch.setenv("BN_HOME", str(tmp_path / "elsewhere"))
    assert said(restore, copy) == (0, "1 run is back.\n")
    assert content(tmp_path / "elsewhere" / FILE_NAME) == content(copy)


def test_a_copy_is_one_file_that_its_owner_alone_reads(home: Path, copy: Path) -> None:
    trained(home, 0)
    said(backup, copy)
    assert [file.name for file in copy.parent.iterdir() if file.is_file()] == [copy.name]
    if os.name == "posix":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_copy_is_of_one_moment_while_an_engine_writes(home: Path, copy: Path) -> None:
    (run,) = trained(home, 0)
    store, ended = Store.open(home), threading.Event()

    def write() -> None:
        for step in range(2, 10_000):
            if ended.is_set():
                return
            store.append(run, [RecordedEvent.of(Step(step, 2.5, 0.1, 20.0))])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert said(backup, copy)[0] == 0
    finally:
        ended.set()
        writer.join()
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        numbers = [number for (number,) in connection.execute("SELECT number FROM events ORDER BY number")]
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_is_written_over(home: Path, copy: Path) -> None:
    trained(home, 0)
    copy.write_text("a letter", encoding="utf-8")
    code, words = said(backup, copy)
    assert code == 1
    assert "already" in words
    assert copy.read_text(encoding="utf-8") == "a letter"


def test_a_place_that_cannot_be_written_is_said(home: Path, tmp_path: Path) -> None:
    trained(home, 0)
    code, words = said(backup, tmp_path / "nowhere" / "copy.sqlite3")
    assert code == 1
    assert "name another file" in words
    assert words.count("\n") == 1


def test_the_copy_of_an_earlier_version_is_brought_up_to_date(home: Path, copy: Path) -> None:
    tables = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        connection.executescript(tables)
        connection.execute("PRAGMA user_version = 1")
    before = copy.read_bytes()
    assert said(restore, copy)[0] == 0
    with contextlib.closing(sqlite3.connect(home / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
    assert copy.read_bytes() == before


def _flip(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[4096:8192] = bytes(4096)
    copy.write_bytes(content)


def _cut(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:10_000])


def _newer(copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def _foreign(copy: Path) -> None:
    copy.unlink()
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        connection.execute("CREATE TABLE runs_of_water (id)")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_flip, "damaged"),
        (_cut, "no whole copy"),
        (_newer, "newer version"),
        (_foreign, "no whole copy"),
        (lambda copy: copy.write_text("a letter", encoding="utf-8"), "no whole copy"),
        (Path.unlink, "There is no file"),
    ],
)
def test_what_is_no_whole_copy_changes_nothing(home: Path, copy: Path, spoil, words: str) -> None:
    trained(home, 0)
    said(backup, copy)
    trained(home, 1)
    before = content(home / FILE_NAME)
    spoil(copy)
    code, told = said(restore, copy)
    assert code == 1
    assert words in told
    assert told.count("\n") == 1
    assert content(home / FILE_NAME) == before
    assert not list(home.glob("*replaced*")) + list(home.glob("*unfinished*"))


def test_a_store_in_use_stays(home: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bn_core.runs.backup.LOCK_SECONDS", 0.01)
    trained(home, 0)
    said(backup, copy)
    with FileLock(home / LOCK_FILE):
        code, words = said(restore, copy)
    assert code == 1
    assert "An app trains in" in words


def test_an_app_without_an_engine_sees_what_was_put_back(home: Path, copy: Path) -> None:
    trained(home, 0)
    said(backup, copy)
    trained(home, 1)
    store = Store.open(home)
    said(restore, copy)
    assert not store.in_place  # its keeper opens the new one
