"""How the run store's SQLite file is reached: its connections, its transactions, and what to say when it fails."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from bn_core.runs.records import is_run_id
from bn_core.runs.schema import SCHEMA_VERSION, bring_up_to_date

FILE_NAME = "runs.sqlite3"
BUSY_SECONDS = 10.0
_IDLE_CONNECTIONS = 8
_PAGES_AT_A_TIME = 2000


class StoreUnavailable(RuntimeError):  # noqa: N818 - named for what it tells
    """The database of runs cannot be used. `str(error)` says in one sentence what is wrong and what to do."""


class Database:
    """The file with the tables of `schema`. Any thread may use it, and other processes at the same time.

    Every method may raise StoreUnavailable.
    """

    def __init__(self, path: Path) -> None:
        """Use `open`, which also makes the database."""
        self.path = path
        # Streamlit runs every tick in a new thread, so connections belong to a pool, not to threads. One is used by
        # one thread at a time.
        self._idle: deque[sqlite3.Connection] = deque()

    @classmethod
    def open(cls, home: Path) -> Self:
        """The store below `home`, made if it is not there yet, brought up to date if an earlier version made it.

        Raises:
            StoreUnavailable: the folder or the file cannot be used, or a newer version of the lab wrote it. Nothing is
                deleted or changed then.
        """
        try:
            home.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise StoreUnavailable(
                f"The folder for runs cannot be made ({_cause(error)}): set BN_HOME to a folder that you may write."
            ) from error
        store = cls(home / FILE_NAME)
        try:
            store._make()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Closes the connections that nobody is using. The store can still be used afterwards."""
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop().close()

    def size(self) -> int:
        """Bytes in use by what is stored (what the file has free for new rows does not count)."""
        with self._reading() as connection:
            pages, free, size = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        return int((pages - free) * size)

    def _give_back(self) -> None:
        """Returns free pages to the file system, a few megabytes at a time so that writers get their turn."""
        before = None
        while True:
            with self._reading() as connection:
                free = connection.execute("PRAGMA freelist_count").fetchone()[0]
                if free in (0, before):
                    break
                before = free
                # Each row that is fetched frees a page.
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_A_TIME})").fetchall()
        with self._reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _make(self) -> None:
        with self._reading() as connection:
            # In this order: who makes a store writes tables and version at once, so tables without one are not ours.
            foreign = connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0 and foreign:
                raise StoreUnavailable(
                    f"{self.path} is a database, but not one of runs: move it away, or set BN_HOME to another folder."
                )
            if version > SCHEMA_VERSION:
                raise StoreUnavailable(
                    f"{self.path} was written by a newer version of Batch Norm Lab: update this one, or set BN_HOME to "
                    "another folder."
                )
            if version == SCHEMA_VERSION:
                return
            if version == 0:
                # Only a file that is still empty takes the first one, and no transaction can be open for either.
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("PRAGMA journal_mode = WAL")
        with self._writing() as connection:
            bring_up_to_date(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            # A checkpoint of a training is 1,000 pages: the default would copy the journal after each.
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            connection.execute("PRAGMA journal_size_limit = 67108864")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for single statements."""
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            except BaseException:
                # Whatever state it is in, it ends here: closing also rolls back.
                connection.close()
                raise
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(self._sentence(error)) from error
        if len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction, which is committed at the end, or undone by an exception."""
        with self._reading() as connection:
            # IMMEDIATE: the wait for another writer happens here, where it can be waited for.
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _sentence(self, error: sqlite3.DatabaseError) -> str:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return (
                f"The database of runs, {self.path}, is damaged: move it away (with its -wal and -shm files) to start "
                "with an empty one, or put a copy in its place."
            )
        if code == sqlite3.SQLITE_FULL:
            return f"The disk is full: make room where {self.path} is, or set BN_HOME to a folder on another disk."
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
            return (
                f"The database of runs, {self.path}, cannot be written: make the file and its folder writable, or set "
                "BN_HOME to another folder."
            )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return (
                f"The database of runs, {self.path}, stayed busy for {BUSY_SECONDS:g} seconds: try again, and close "
                "other programs that have it open."
            )
        return (
            f"The database of runs, {self.path}, cannot be used ({_cause(error)}): check the disk, or set BN_HOME to "
            "another folder."
        )


def sql_id(text: object) -> str:
    """The run's id as SQL may see it: what cannot be one becomes the empty text, which is no run's."""
    return text if isinstance(text, str) and is_run_id(text) else ""


def _cause(error: BaseException) -> str:
    text = (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
    return "".join(character if character.isprintable() else "?" for character in text)[:120]
