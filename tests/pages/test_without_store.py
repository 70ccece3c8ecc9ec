"""A store that cannot be used takes away stored runs and training, and nothing else; one sentence says so."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bn_core.engine.host_process import HostProcess
from bn_core.runs import keeper
from bn_core.runs.database import FILE_NAME, OWN_FILE_NAME, StoreUnavailable
from bn_core.runs.keeper import StoreKeeper
from bn_core.runs.schema import SCHEMA_VERSION
from bn_core.runs.store import Store
from pages.session import startup
from pages.session.session import Session
from tests.pages.lab import APP, ME, Lab, at, kept, names, text_of

SHOWN = {
    "race": "bidi_component",
    "one_batch": "bidi_component",
    "train": "vega_lite_chart",
    "layers": "vega_lite_chart",
    "population": "vega_lite_chart",
    "one_image": "bidi_component",
    "break_it": "vega_lite_chart",
    "compare": "vega_lite_chart",
    "source": "bidi_component",
    "glossary": "text_input",
    "notebook": "vega_lite_chart",
    "about": "code",
    "exercises": "button",
    "teach": "expander",
    "handout": "bidi_component",
}
"""What every page has to show of what comes with the app."""

PAGES = tuple(SHOWN)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "TRY_AGAIN_SECONDS", 1.0)
    monkeypatch.setattr(HostProcess, "ensure", lambda self: None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("BN_HOME", str(folder))
    return folder


def page(file: str, **parameters: str) -> AppTest:
    entered = AppTest.from_file(str(APP), default_timeout=60)
    kept(entered, Session).browser_id = ME
    entered.run()
    return at(entered.switch_page(f"pages/{file}.py"), parameters)


def damaged_header(home: Path) -> None:
    Store.open(home).close()
    with (home / FILE_NAME).open("r+b") as file:
        file.write(b"Not SQLite format")


def of_a_newer_version(home: Path) -> None:
    Store.open(home).close()
    connection = sqlite3.connect(home / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


def no_folder(home: Path) -> None:
    home.rmdir()
    home.write_text("in the way")


def another_database(home: Path) -> None:
    connection = sqlite3.connect(home / FILE_NAME)
    connection.execute("CREATE TABLE recipes (cake TEXT)")
    connection.commit()
    connection.close()


FAULTS: dict[Callable[[Path], None], str] = {
    no_folder: "set BN_HOME",
    another_database: "is a database, but not one of runs",
    damaged_header: "was damaged. It is kept as",
    of_a_newer_version: "newer version",
}


@pytest.mark.parametrize("spoil", [no_folder, another_database])
def test_a_sweep_can_be_planned_and_not_begun(home: Path, spoil: Callable[[Path], None]) -> None:
    spoil(home)
    there = page("compare", part="sweeps", plan="placement:none,before;seed:0-4")
    assert not there.exception
    assert there.button(key="begin-own").disabled
    assert not page("compare", part="sweeps", sweep="abcdefghij").exception


@pytest.mark.parametrize("file", PAGES)
@pytest.mark.parametrize("spoil", FAULTS)
def test_every_page_works_and_says_what_is_wrong(home: Path, spoil: Callable[[Path], None], file: str) -> None:
    spoil(home)
    shown = page(file)
    assert not shown.exception
    words = text_of(shown)
    assert words.count(FAULTS[spoil]) == 1, words
    assert shown.get(SHOWN[file])
    shown.run()
    assert not shown.exception


@pytest.mark.parametrize("name", ["BN_HOME", "BN_STORE_MB"])
@pytest.mark.parametrize("file", PAGES)
def test_every_page_works_with_a_variable_that_cannot_be_used(
    home: Path, monkeypatch: pytest.MonkeyPatch, file: str, name: str
) -> None:
    monkeypatch.setenv(name, "a\nb")
    shown = page(file)
    assert not shown.exception
    assert text_of(shown).replace("\\", "").count(f"{name} is ") == 1
    assert shown.get(SHOWN[file])


@pytest.mark.parametrize("file", ["train", "layers", "population", "one_image"])
def test_runs_that_come_with_the_app_can_be_looked_into_without_a_store(home: Path, file: str) -> None:
    no_folder(home)
    service = startup.service()
    shipped = next(run for run in service.recorded() if run.config.normalized and service.snapshot_steps(run.id))
    shown = page(file, run=shipped.id)
    assert not shown.exception
    assert shown.get("vega_lite_chart")
    assert "no run with this" not in text_of(shown)


def test_no_page_is_left_out() -> None:
    assert set(names()) == set(PAGES)


def test_a_store_that_fails_while_a_page_is_drawn_makes_way_for_what_needs_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(home)
    run = lab.run()

    def fails(self: Store, run_id: str) -> None:
        if self.path.parent == home:
            raise StoreUnavailable("The database of runs stayed busy for 10 seconds: try again.")

    monkeypatch.setattr(Store, "run", fails)
    shown = page("layers", run=run)
    assert not shown.exception
    assert "stayed busy" in text_of(shown)
    lab.store.close()


def test_a_page_is_drawn_with_its_store_or_says_why_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(home)
    run = lab.run()
    looks: list[bool] = []
    usable = StoreKeeper.store

    def fails_once_the_page_began(self: StoreKeeper) -> Store:
        looks.append(True)
        if len(looks) == 2:
            raise StoreUnavailable("The database of runs is being opened: try again in a few seconds.")
        return usable(self)

    entered = page("about")
    monkeypatch.setattr(StoreKeeper, "store", fails_once_the_page_began)
    shown = at(entered.switch_page("pages/layers.py"), {"run": run})
    assert "is being opened" in text_of(shown)
    lab.store.close()


def test_damage_that_a_page_meets_is_dealt_with_before_it_is_drawn_again(home: Path) -> None:
    lab = Lab(home)
    lab.run()
    lab.store.close()
    content = (home / FILE_NAME).read_bytes()
    (home / FILE_NAME).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    shown = page("train")
    assert not shown.exception
    assert "was damaged" in text_of(shown)
    assert len(list(home.glob("runs-damaged-*.sqlite3"))) == 1
    shown.button(key="train").click().run()
    assert not shown.exception
    assert len(Store.open(home).runs()) == 1


def test_training_goes_on_beside_a_store_of_a_newer_version(home: Path) -> None:
    of_a_newer_version(home)
    before = (home / FILE_NAME).read_bytes()
    shown = page("train")
    shown.button(key="train").click().run()
    assert not shown.exception
    assert (home / FILE_NAME).read_bytes() == before
    assert len(Store.open(home).runs()) == 1
    assert (home / OWN_FILE_NAME).exists()


def test_the_page_is_drawn_again_when_the_store_works_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_folder(home)
    shown = page("train")
    assert "set BN_HOME" in text_of(shown)
    home.unlink()
    startup._keeper(home)._not_before = 0.0
    shown.run()
    assert "set BN_HOME" not in text_of(shown)
    shown.button(key="train").click().run()
    assert len(Store.open(home).runs()) == 1


# A disk that is full


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of four megabytes with a home on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("a small disk can be made on Linux only")
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    monkeypatch.setenv("BN_HOME", str(disk))
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Leaves not a byte."""
    with (disk / "something-large").open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_a_full_disk_is_named_where_a_button_is_pressed(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(small_disk)
    lab.engine()
    run, ended = lab.run(), lab.run(status="stopped")
    startup.service().history(run)
    fill(small_disk)
    lab.store.close()
    for action in ("train", "pause", "step", "stop"):
        shown = page("train", run=run)
        # The engine was heard of until a moment ago: the button can be pressed.
        shown.button(key=action).click().run()
        assert not shown.exception, action
        said = [warning.value.replace("\\", "") for warning in shown.warning]
        assert sum("The disk is full: make room where" in sentence for sentence in said) == 1, action
    shown = page("train")
    shown.text_input(key=f"name-{ended}").input("another name").run()
    assert not shown.exception
    assert "The disk is full" in text_of(shown)
    shown = page("train")
    shown.button(key=f"delete-{ended}").click().run()
    assert not shown.exception
    assert "The disk is full" in text_of(shown)


@pytest.mark.parametrize("status", ["running", "paused", "compiling"])
def test_on_a_full_disk_a_run_that_waits_is_not_taken_for_interrupted(small_disk: Path, status: str) -> None:
    lab = Lab(small_disk)
    lab.engine(age=1000.0)
    run = lab.run(status=status)
    shown = page("train", run=run)
    assert "does not answer" in text_of(shown), "with room, silence means that the engine is gone"
    fill(small_disk)
    startup.service()._tried_to_write = 0.0
    shown.run()
    assert not shown.exception
    assert "does not answer" not in text_of(shown)
    assert "Interrupted" not in text_of(shown)
    assert "The disk is full: make room where" in text_of(shown)
    (small_disk / "something-large").unlink()
    startup.service()._tried_to_write = 0.0
    lab.engine()
    shown.run()
    assert "The disk is full" not in text_of(shown)


@pytest.mark.parametrize("file", PAGES)
def test_every_page_works_on_a_disk_that_was_full_from_the_start(small_disk: Path, file: str) -> None:
    fill(small_disk)
    shown = page(file)
    assert not shown.exception
    assert "The disk is full: make room where" in text_of(shown)
    assert shown.get(SHOWN[file])


def test_preparing_a_network_on_a_full_disk_ends_no_page(small_disk: Path) -> None:
    lab = Lab(small_disk)
    lab.engine()
    fill(small_disk)
    shown = page("train", batches="100")
    assert not shown.exception
    assert shown.get("vega_lite_chart")


@pytest.mark.skipif(os.name == "nt", reason="a folder has no mode there")
def test_a_read_only_disk_is_named_on_every_page(small_disk: Path) -> None:
    Lab(small_disk).store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        for file in PAGES:
            shown = page(file)
            assert not shown.exception
            assert "cannot be written: make the file and its folder writable" in text_of(shown)
            assert shown.get(SHOWN[file])
            time.sleep(0.1)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
