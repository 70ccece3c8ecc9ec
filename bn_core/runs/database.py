"""How the run store's SQLite file is reached: its connections, its transactions, and what to say when it fails."""

from __future__ import annotations

import contextlib
import errno
import secrets
import shutil
import sqlite3
import string
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from bn_core.environment import make_folder
from bn_core.runs import damage
from bn_core.runs.addresses import address_hash
from bn_core.runs.records import is_run_id
from bn_core.runs.schema import SCHEMA_VERSION, bring_up_to_date, is_whole

FILE_NAME = "runs.sqlite3"
OWN_FILE_NAME = f"runs-schema-{SCHEMA_VERSION}.sqlite3"
"""Used where `FILE_NAME` is of a newer version of the lab."""

LOCK_FILE = "engine.lock"
"""Held by the engine's host of this folder, and by whoever moves the store."""

BUSY_SECONDS = 10.0
PROBE_SECONDS = 0.2
"""How long another writer is waited for where it is only asked whether the store can be written."""

FULL_BYTES = 100_000
"""A disk with less than this is full: SQLite calls it so only where it runs out within a write."""

_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_IN_MEMORY = Path(":memory:")
_IDLE_CONNECTIONS = 8
_ID_ALPHABET = string.ascii_lowercase + string.digits
_PAGES_AT_A_TIME = 2000


class StoreUnavailable(RuntimeError):  # noqa: N818 - named for what it tells
    """The database of runs cannot be used. `str(error)` says in one sentence what is wrong and what to do."""


class StoreDamaged(StoreUnavailable):
    """SQLite calls the file corrupt, or it is not whole.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The database of runs, {path}, is damaged: move it away (with its -wal and -shm files) to start with an "
            "empty one, or put a copy in its place."
        )
        self.path = path


class _NewerSchema(Exception):  # noqa: N818 - no error: the answer is another file
    """A newer version of the lab wrote the file."""


class _Connection(sqlite3.Connection):
    file = ""
    """What is opened, as `damage.identity`."""


class Database:
    """The file with the tables of `schema`. Any thread may use it, and other processes at the same time.

    Every method may raise StoreUnavailable.
    """

    def __init__(self, path: Path, note: str = "") -> None:
        """Use `open`, which also makes the database."""
        self.path = path
        self.note = note
        """One sentence on what is special about this store; empty where nothing is."""
        self._file = ""
        # Streamlit runs every tick in a new thread, so connections belong to a pool, not to threads. One is used by
        # one thread at a time.
        self._idle: deque[_Connection] = deque()

    @classmethod
    def open(cls, home: Path) -> Self:
        """Return the store below `home`, made if it is not there yet, migrated if an earlier version made it.

        One that a newer version of the lab wrote is left as it is: the store is then `OWN_FILE_NAME`, beside it.

        Raises:
            StoreDamaged: SQLite calls the file corrupt, or it is not whole.
            StoreUnavailable: the folder or the file cannot be used. Nothing is deleted or changed then.
        """
        try:
            make_folder(home)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise StoreUnavailable(_disk_full(home)) from error
            raise StoreUnavailable(
                f"The folder for runs cannot be made ({_cause(error)}): set BN_HOME to a folder that you may write."
            ) from error
        try:
            return cls(home / FILE_NAME)._ready()
        except _NewerSchema:
            note = (
                f"{home / FILE_NAME} was written by a newer version of Batch Norm Lab and is left as it is. This "
                f"version keeps its runs beside it, in {OWN_FILE_NAME}: update Batch Norm Lab to see the others."
            )
            return cls(home / OWN_FILE_NAME, note)._ready()

    @classmethod
    def empty(cls) -> Self:
        """Return a database without rows, in memory, for where no file can be used. What is written there is lost."""
        return cls(_IN_MEMORY)

    def _ready(self) -> Self:
        # SQLite would tidy up beside a file that is to be kept as it is.
        if damage.noted(self.path):
            raise StoreDamaged(self.path)
        version = version_of(self.path)
        if version > SCHEMA_VERSION:
            raise _NewerSchema
        fits = version <= 0 or self._look_through()
        try:
            if not fits:
                self._mend()
            self._make()
        except BaseException:
            self.close()
            raise
        return self

    @classmethod
    def migrated(cls, path: Path) -> int:
        """Bring the tables of a database that nobody uses to those of today, and return how many runs it has."""
        database = cls(path)._ready()
        try:
            count: int = database._row("SELECT count(*) FROM runs")[0]
        finally:
            database.close()
        return count

    def close(self) -> None:
        """Close the connections that nobody is using. The store can still be used afterwards."""
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop().close()

    def size(self) -> int:
        """Bytes in use by what is stored (what the file has free for new rows does not count)."""
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (self._row(f"PRAGMA {name}")[0] for name in names)
        return int((pages - free) * size)

    @property
    def in_place(self) -> bool:
        """Whether the file is still the one that was opened: somebody may have moved it away, or set it aside."""
        return self.path == _IN_MEMORY or damage.identity(self.path) == self._file

    @property
    def lasts(self) -> bool:
        """Whether what is written here outlives the process."""
        return self.path != _IN_MEMORY

    def look(self) -> None:
        """Check that the store can be read.

        Raises:
            StoreDamaged: SQLite called the file corrupt, here or in another process.
            StoreUnavailable: it cannot be read.
        """
        if damage.noted(self.path):
            raise StoreDamaged(self.path)
        self._rows("SELECT 1 FROM runs LIMIT 1")

    def trouble_writing(self) -> str:
        """Return in one sentence why nothing can be written at present; an empty text where that works."""
        try:
            with self._reading() as connection:
                connection.execute(f"PRAGMA busy_timeout = {PROBE_SECONDS * 1000:.0f}")
                connection.execute("BEGIN IMMEDIATE")
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                # Writes a page, and changes nothing.
                connection.execute(f"PRAGMA user_version = {version}")
                connection.execute("COMMIT")
                connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
        except StoreUnavailable as problem:
            return str(problem)
        return ""

    def _give_back(self) -> None:
        """Return free pages to the file system, a few megabytes at a time so that writers get their turn."""
        free, before = self._row("PRAGMA freelist_count")[0], None
        while free not in (0, before):
            # Each row that is fetched frees a page.
            self._rows(f"PRAGMA incremental_vacuum({_PAGES_AT_A_TIME})")
            free, before = self._row("PRAGMA freelist_count")[0], free
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _make(self) -> None:
        with self._reading() as connection:
            # In this order: who makes a store writes tables and version at once, so tables without one are not ours.
            foreign = connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            ours = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'runs'").fetchone() is not None
            if version < 0 or (foreign and not (version and ours)):
                raise StoreUnavailable(
                    f"{self.path} is a database, but not one of runs: move it away, or set BN_HOME to another folder."
                )
            self._file = connection.file
            if version == SCHEMA_VERSION:
                return
            if version == 0:
                # Only a file that is still empty takes the first one, and no transaction can be open for either.
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                _switch_to_wal(connection)
        try:
            with self._writing() as connection:
                bring_up_to_date(connection)
        except sqlite3.IntegrityError as error:
            raise self._damaged() from error

    def _look_through(self) -> bool:
        """Whether the indices of the table of runs fit it.

        Not a byte is changed: a journal that shows to belong to another database must not be worked in.

        Raises:
            StoreDamaged: a definition is not as it was written, or a run is missing.
        """
        try:
            with contextlib.closing(_read_only(self.path)) as connection:
                # Others may update the tables or add runs meanwhile: all is read as it is at one time.
                connection.execute("BEGIN")
                of_today = connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
                if is_whole(connection) != of_today:
                    raise self._damaged()
                if not of_today:
                    return _runs_fit(connection)
                counted = connection.execute("SELECT runs FROM tally").fetchone()
                if counted != connection.execute("SELECT count(*) FROM runs NOT INDEXED").fetchone():
                    raise self._damaged()
                return _runs_fit(connection)
        except UnicodeDecodeError as error:
            raise self._damaged() from error
        except sqlite3.DatabaseError as error:
            if _code(error) in _CORRUPT:
                raise self._damaged() from error
            return True  # whoever opens it to write says what is wrong

    def _mend(self) -> None:
        """Make the indices of the table of runs anew, where they hide or double a run."""
        with contextlib.suppress(sqlite3.IntegrityError), self._writing() as connection:
            connection.execute("REINDEX runs")
        with self._reading() as connection:
            fits = _runs_fit(connection)
        if not fits:
            raise self._damaged()

    def _damaged(self, file: str = "") -> StoreDamaged:
        damage.note(self.path, file or damage.identity(self.path))
        return StoreDamaged(self.path)

    def _connect(self) -> _Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=64,
            factory=_Connection,
        )
        try:
            connection.file = damage.identity(self.path)
            connection.row_factory = sqlite3.Row
            # A damaged text must not keep the rows beside it from being read.
            connection.text_factory = _text
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            # A checkpoint of a training is 1,000 pages: the default would copy the journal after each.
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            if self.path == _IN_MEMORY:
                bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[_Connection]:
        """A connection for single statements."""
        file = ""
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            file = connection.file
            try:
                yield connection
            except BaseException:
                # In whatever state it is, which also rolls back.
                connection.close()
                raise
        except sqlite3.IntegrityError:
            raise
        except UnicodeDecodeError as error:
            # What SQLite says of a damaged schema quotes it.
            raise self._damaged(file) from error
        except sqlite3.DatabaseError as error:
            if _code(error) in _CORRUPT:
                raise self._damaged(file) from error
            raise StoreUnavailable(self._sentence(error)) from error
        if len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return all rows that a single statement gives."""
        with self._reading() as connection:
            return connection.execute(statement, values).fetchall()

    def _row(self, statement: str, values: Sequence[object] = ()) -> Any:
        """Return the first row that a single statement gives; None where there is none."""
        with self._reading() as connection:
            return connection.execute(statement, values).fetchone()

    def _hashed(self, connection: sqlite3.Connection, address: str | None) -> str:
        """Return what is kept of the address that somebody asks from."""
        salt = connection.execute("SELECT bytes FROM salt").fetchone()["bytes"]
        return address_hash(address, salt)

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[_Connection]:
        """A connection whose statements all see the store as it is at the first of them."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[_Connection]:
        """A connection inside one transaction, which is committed at the end, or undone by an exception."""
        with self._reading() as connection:
            # IMMEDIATE: the wait for another writer happens here, where it can be waited for.
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _sentence(self, error: sqlite3.DatabaseError) -> str:
        code = _code(error)
        if code == sqlite3.SQLITE_FULL or (
            code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _free_bytes(self.path.parent) < FULL_BYTES
        ):
            return _disk_full(self.path)
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
            what = "cannot be written: make the file and its folder writable, or set BN_HOME to another folder."
        elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            what = f"stayed busy for {BUSY_SECONDS:g} seconds: try again, and close other programs that have it open."
        else:
            what = f"cannot be used ({_cause(error)}): check the disk, or set BN_HOME to another folder."
        return f"The database of runs, {self.path}, {what}"


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Switch the journal. Others may do the same just now, and SQLite waits for no lock here, whatever its timeout."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _code(error: sqlite3.DatabaseError) -> int:
    """Return SQLite's primary result code; 0 where there is none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def _free_bytes(folder: Path) -> float:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return float("inf")


def _disk_full(path: Path) -> str:
    return f"The disk is full: make room where {path} is, or set BN_HOME to a folder on another disk."


def sql_id(text: object) -> str:
    """The run's id as SQL may see it: what cannot be one becomes the empty text, which is no run's."""
    return text if isinstance(text, str) and is_run_id(text) else ""


def free_id(connection: sqlite3.Connection, table: str) -> str:
    """Return an id that no row of this table has."""
    while True:
        made = "".join(secrets.choice(_ID_ALPHABET) for _ in range(10))
        if connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (made,)).fetchone() is None:
            return made


def _cause(error: BaseException) -> str:
    text = (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
    return "".join(character if character.isprintable() else "?" for character in text)[:120]


def _read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.text_factory = _text
    return connection


def _runs_fit(connection: sqlite3.Connection) -> bool:
    """Whether the table of runs and its indices are sound and fit; what is in a row is another matter."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(runs)")]
    return all(line == "ok" or " value in " in line or line.startswith("CHECK constraint") for line in found)


def version_of(path: Path) -> int:
    """Return the version of a database's tables, without changing a byte of it or of its journal; 0 where it has none.

    A connection that may write would work its journal in when it is closed.
    """
    try:
        with contextlib.closing(_read_only(path)) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            ours = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'runs'").fetchone()
    except (sqlite3.Error, ValueError):
        return 0  # whoever opens it to write says what is wrong
    return 0 if ours is None else version
