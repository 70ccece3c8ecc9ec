"""A store that cannot be used is tried again later; only one that SQLite calls corrupt makes way for a new one."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from bn_core.config import TrainingConfig
from bn_core.runs import damage, keeper
from bn_core.runs import database as database_module
from bn_core.runs.database import FILE_NAME, LOCK_FILE, OWN_FILE_NAME, StoreDamaged
from bn_core.runs.keeper import StoreKeeper
from bn_core.runs.schema import SCHEMA_VERSION
from bn_core.runs.store import Store, StoreUnavailable
from tests.runs.stand_ins import snapshot

CONFIG = TrainingConfig()
OWNER = "a" * 64


class Engine:
    """An engine that holds the lock of the store, and lets go of it when it is stopped."""

    def __init__(self, home: Path) -> None:
        home.mkdir(exist_ok=True)
        self.lock = FileLock(home / LOCK_FILE, thread_local=False)
        self.lock.acquire(timeout=0)
        self.stops = 0

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        self.stops += 1
        self.lock.release()
        yield
        self.lock.acquire(timeout=5)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    made = Engine(home)
    yield made
    made.lock.release(force=True)


@pytest.fixture
def kept(home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> StoreKeeper:
    """A keeper that tries again at once."""
    monkeypatch.setattr(keeper, "TRY_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(keeper, "DAMAGED_SECONDS", 0.0)
    return StoreKeeper(home, engine.stopped)


def filled(home: Path) -> str:
    """A store with a run and, for its size, weights. Its file is complete, and the run's id is given."""
    store = Store.open(home)
    run = store.add_run(CONFIG, OWNER)
    store.put_snapshot(run, 0, snapshot(0, 200_000))
    store.close()
    return run


def damaged_header(home: Path) -> None:
    with (home / FILE_NAME).open("r+b") as file:
        file.write(b"Not SQLite format")


def damaged_pages(home: Path) -> None:
    content = (home / FILE_NAME).read_bytes()
    (home / FILE_NAME).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def cut_short(home: Path) -> None:
    content = (home / FILE_NAME).read_bytes()
    (home / FILE_NAME).write_bytes(content[: len(content) // 2 // 4096 * 4096])


def files(home: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in home.iterdir() if file.name != LOCK_FILE and file.is_file()}


# Damage


@pytest.mark.parametrize("spoil", [damaged_header, damaged_pages, cut_short])
def test_a_damaged_store_is_set_aside_whole_and_a_new_one_is_begun(
    home: Path, engine: Engine, kept: StoreKeeper, spoil: type[None]
) -> None:
    filled(home)
    spoil(home)
    (home / f"{FILE_NAME}-wal").write_bytes(b"")
    before = files(home)
    try:
        store = kept.store()
        assert store.runs() == []
    except StoreDamaged as problem:
        # Damage beyond the first pages shows only where they are read.
        kept.leave_alone(problem)
        store = kept.store()
        assert store.runs() == []
    assert store.add_run(CONFIG, OWNER)
    (aside,) = home.glob("runs-damaged-*.sqlite3")
    assert aside.read_bytes() == before[FILE_NAME]
    assert engine.stops == 1
    assert str(aside) in kept.note
    assert not list(home.glob("*.damaged")), "the note went with the file"
    assert kept.store() is store


def test_its_journal_goes_along_so_that_the_new_store_never_finds_it(home: Path, kept: StoreKeeper) -> None:
    filled(home)
    damaged_header(home)
    for ending in ("-wal", "-shm"):
        (home / f"{FILE_NAME}{ending}").write_bytes(ending.encode())
    damage.note(home / FILE_NAME, damage.identity(home / FILE_NAME))
    assert kept.store().runs() == []
    (aside,) = home.glob("runs-damaged-*.sqlite3")
    for ending in ("-wal", "-shm"):
        assert aside.with_name(aside.name + ending).read_bytes() == ending.encode()


def test_damage_met_by_the_engine_alone_is_dealt_with_at_the_next_page(home: Path, kept: StoreKeeper) -> None:
    filled(home)
    store = kept.store()
    theirs = Store.open(home)
    content = (home / FILE_NAME).read_bytes()
    root = sqlite3.connect(home / FILE_NAME).execute("SELECT rootpage FROM sqlite_schema WHERE name = 'requests'")
    page = root.fetchone()[0]
    theirs.close()
    store.close()
    spoilt = content[: (page - 1) * 4096] + b"\xff" * 4096 + content[page * 4096 :]
    (home / FILE_NAME).write_bytes(spoilt)
    assert len(kept.store().runs()) == 1, "a page that asks for runs sees no damage"
    with pytest.raises(StoreDamaged):
        theirs.take_requests()
    assert kept.store().runs() == []
    assert len(list(home.glob("runs-damaged-*"))) >= 1


def test_a_note_about_a_file_that_was_replaced_does_not_cost_the_new_one(
    home: Path, engine: Engine, kept: StoreKeeper
) -> None:
    filled(home)
    damage.note(home / FILE_NAME, "1 2")
    assert len(kept.store().runs()) == 1
    assert engine.stops == 0


def test_a_good_copy_that_is_put_into_the_damaged_file_is_used(home: Path, kept: StoreKeeper) -> None:
    run = filled(home)
    good = (home / FILE_NAME).read_bytes()
    damaged_header(home)
    with pytest.raises(StoreDamaged):
        Store.open(home)
    # Into the very file, as `cp` does.
    (home / FILE_NAME).write_bytes(good)
    assert [record.id for record in kept.store().runs()] == [run]
    assert not list(home.glob("runs-damaged-*"))


def test_two_that_are_set_aside_within_a_second_are_both_kept(home: Path) -> None:
    home.mkdir(exist_ok=True)
    aside = []
    for content in (b"first", b"second"):
        (home / FILE_NAME).write_bytes(content)
        aside.append(damage.set_aside(home / FILE_NAME))
    assert [file.read_bytes() for file in aside] == [b"first", b"second"]


def test_one_that_another_app_is_using_stays_where_it_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "LOCK_SECONDS", 0.1)
    filled(home)
    damaged_header(home)
    before = files(home)[FILE_NAME]
    with FileLock(home / LOCK_FILE), pytest.raises(StoreUnavailable, match="another program uses it: end every other"):
        StoreKeeper(home, contextlib.nullcontext).store()
    assert files(home)[FILE_NAME] == before
    assert StoreKeeper(home, contextlib.nullcontext).store().runs() == []


def test_one_that_cannot_be_moved_gets_one_sentence_and_the_engine_is_not_stopped_again_and_again(
    home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(home)
    damaged_header(home)

    def refuse(path: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(damage, "set_aside", refuse)
    kept = StoreKeeper(home, engine.stopped)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="is damaged: move it away"):
            kept.store()
    assert engine.stops == 1


def test_where_it_cannot_even_be_noted_no_page_goes_round_in_circles(
    home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(home)
    damaged_pages(home)
    monkeypatch.setattr(damage, "note", lambda path, file: None)
    kept = StoreKeeper(home, engine.stopped)
    with pytest.raises(StoreDamaged) as caught:
        kept.store().runs()
    kept.leave_alone(caught.value)
    with pytest.raises(StoreUnavailable, match="is damaged"):
        kept.store()
    assert engine.stops == 0


def test_many_pages_at_once_set_it_aside_once(
    home: Path, engine: Engine, kept: StoreKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "TURN_SECONDS", 20.0)
    filled(home)
    damaged_header(home)
    stores: list[Store] = []
    threads = [threading.Thread(target=lambda: stores.append(kept.store())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 8
    assert len({id(store) for store in stores}) == 1
    assert len(list(home.glob("runs-damaged-*.sqlite3"))) == engine.stops == 1


def test_pages_that_open_at_once_do_not_wait_for_each_other(kept: StoreKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    store, meeting = kept.store(), threading.Barrier(8, timeout=20.0)
    # Nobody is through before all eight look.
    monkeypatch.setattr(Store, "look", lambda self: meeting.wait())
    stores: list[Store] = []
    threads = [threading.Thread(target=lambda: stores.append(kept.store())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores == [store] * 8


# What is no damage


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_ERROR,
    ],
)
def test_nothing_but_corruption_counts_as_damage(
    home: Path, engine: Engine, kept: StoreKeeper, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = filled(home)
    store = kept.store()

    def fail(self: Store) -> sqlite3.Connection:
        error = sqlite3.OperationalError("something")
        error.sqlite_errorcode = code
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_connect", fail)
        store.close()
        with pytest.raises(StoreUnavailable) as caught:
            kept.store()
        assert not isinstance(caught.value, StoreDamaged)
        assert str(store.path) in str(caught.value)
        kept.leave_alone(caught.value)
    assert [file.name for file in home.iterdir() if "damaged" in file.name] == []
    assert engine.stops == 0
    found = kept.store().run(run)
    assert found is not None, "and it works again by itself"


def test_a_store_that_failed_is_left_alone_for_a_while(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = StoreKeeper(home, contextlib.nullcontext)
    opened = kept.store()
    kept.leave_alone(StoreUnavailable("The disk is full: make room."))
    with pytest.raises(StoreUnavailable, match="The disk is full: make room"):
        kept.store()
    kept._not_before = time.monotonic()
    assert kept.store() is opened


def test_one_that_was_moved_away_by_hand_makes_way_for_a_new_one(home: Path, kept: StoreKeeper) -> None:
    filled(home)
    assert len(kept.store().runs()) == 1
    (home / FILE_NAME).rename(home / "elsewhere.sqlite3")
    assert kept.store().runs() == []


# A newer version


def newer(home: Path) -> None:
    filled(home)
    connection = sqlite3.connect(home / FILE_NAME)
    connection.execute("ALTER TABLE runs ADD COLUMN of_the_future TEXT")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


def test_one_of_a_newer_version_is_left_as_it_is_and_the_app_works_beside_it(
    home: Path, engine: Engine, kept: StoreKeeper
) -> None:
    newer(home)
    before = files(home)[FILE_NAME]
    store = kept.store()
    assert store.path.name == OWN_FILE_NAME
    run = store.add_run(CONFIG, OWNER)
    assert [record.id for record in Store.open(home).runs()] == [run], "the engine finds the same one"
    assert files(home)[FILE_NAME] == before
    assert "newer version" in kept.note
    assert OWN_FILE_NAME in kept.note
    assert kept.note.endswith(".")
    assert engine.stops == 0


def test_the_journal_of_one_of_a_newer_version_is_left_too(home: Path, kept: StoreKeeper) -> None:
    newer(home)
    writer = sqlite3.connect(home / FILE_NAME)
    writer.execute("UPDATE runs SET of_the_future = 'x', seal = NULL")
    writer.commit()
    # As a program leaves them that was killed.
    left = {ending: (home / f"{FILE_NAME}{ending}").read_bytes() for ending in ("", "-wal")}
    writer.close()
    for ending, content in left.items():
        (home / f"{FILE_NAME}{ending}").write_bytes(content)
    assert left["-wal"]
    assert kept.store().path.name == OWN_FILE_NAME
    kept.store().close()
    assert {ending: (home / f"{FILE_NAME}{ending}").read_bytes() for ending in left} == left


def test_an_ordinary_store_has_nothing_special(kept: StoreKeeper) -> None:
    kept.store()
    assert kept.note == ""


# Writing


def test_whether_it_can_be_written_is_found_out_without_changing_anything(home: Path) -> None:
    run = filled(home)
    store = Store.open(home)
    before = store.run(run)
    assert store.trouble_writing() == ""
    assert store.run(run) == before
    writer = sqlite3.connect(store.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    assert "busy" in store.trouble_writing()
    assert time.monotonic() - started < database_module.BUSY_SECONDS / 2
    writer.execute("ROLLBACK")
    assert store.trouble_writing() == ""


# The folder


def test_a_folder_that_is_made_is_for_its_owner_only_and_one_that_exists_stays_as_it_is(tmp_path: Path) -> None:
    Store.open(tmp_path / "made" / "home").close()
    for folder in (tmp_path / "made", tmp_path / "made" / "home"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    Store.open(tmp_path / "shared").close()
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755
