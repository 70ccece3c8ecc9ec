"""A copy of the whole store in one file, and the store put back from one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from bn_core.environment import make_folder, reason, shown_path
from bn_core.runs import damage
from bn_core.runs.database import FILE_NAME, LOCK_FILE, StoreUnavailable, version_of
from bn_core.runs.schema import SCHEMA_VERSION
from bn_core.runs.store import Store

LOCK_SECONDS = 2.0
"""How long an engine that is just ending is waited for."""

_UNFINISHED = ".unfinished"
_JOURNALS = ("-wal", "-shm", "-journal")


class BackupProblem(RuntimeError):  # noqa: N818 - named for what it tells
    """No copy was made, or none put back, and nothing was changed. Its text is one sentence."""


@dataclass(frozen=True)
class Restored:
    """What was put back.

    Attributes:
        runs: how many there are now.
        aside: where the store is that was there before; None where there was none.
    """

    runs: int
    aside: Path | None


def back_up(store: Store, file: Path) -> int:
    """Copy the store into a new file that its owner alone can read, as it is at one moment; return its bytes.

    An app and its engine may work with the store meanwhile.

    Raises:
        BackupProblem: there is such a file already, or it cannot be written.
    """
    try:
        # Who claims the name has it: nothing that is there is written over.
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise BackupProblem(f"There is a file {shown_path(file)} already: name another one.") from error
    except (OSError, ValueError) as error:
        raise BackupProblem(f"{shown_path(file)} cannot be written ({_why(error)}): name another file.") from error
    try:
        with _connected(store.path, "?mode=ro") as given, _connected(file) as copy:
            given.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        return file.stat().st_size
    except BaseException as error:
        _remove(file)
        if isinstance(error, sqlite3.Error | OSError):
            raise BackupProblem(f"{shown_path(file)} cannot be written ({_why(error)}): name another file.") from error
        raise


def restore(file: Path, home: Path) -> Restored:
    """Put a copy in the store's place; the store that is there is kept beside it under another name.

    Args:
        file: what `back_up` made, by this or an earlier version.
        home: the folder of the store.

    Raises:
        BackupProblem: the file is no whole copy, a newer version made it, an engine works in the folder, or the folder
            cannot be written.
    """
    _check(file)
    place = home / FILE_NAME
    unfinished = place.with_name(place.name + _UNFINISHED)
    try:
        make_folder(home)
        with FileLock(home / LOCK_FILE, timeout=LOCK_SECONDS):
            try:
                _remove(unfinished)
                with _connected(file, "?mode=ro&immutable=1") as given, _connected(unfinished) as copy:
                    given.backup(copy)
                    copy.execute("PRAGMA journal_mode = WAL")
                runs = Store.migrated(unfinished)
                aside = damage.set_aside(place, "replaced") if place.exists() else None
                unfinished.replace(place)
            finally:
                _remove(unfinished)
    except Timeout as error:
        raise BackupProblem(
            f"An app trains in {shown_path(home)}: end it, and then put the copy in its store's place."
        ) from error
    except (OSError, ValueError, sqlite3.Error) as error:
        raise BackupProblem(
            f"The copy cannot be put into {shown_path(home)} ({_why(error)}): make room there, and the folder writable."
        ) from error
    except StoreUnavailable as error:
        raise BackupProblem(f"{shown_path(file)} cannot be used as a store: {error}") from error
    return Restored(runs, aside)


def _check(file: Path) -> None:
    if not file.is_file():
        raise BackupProblem(f"There is no file {shown_path(file)}: name a copy that `backup` made.")
    version = version_of(file)
    if version == 0:
        raise BackupProblem(f"{shown_path(file)} is no whole copy of a store: name a file that `backup` made.")
    if version > SCHEMA_VERSION:
        raise BackupProblem(f"A newer version made {shown_path(file)}: update Batch Norm Lab, and try again.")
    try:
        with _connected(file, "?mode=ro&immutable=1") as given:
            found = given.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise BackupProblem(f"{shown_path(file)} is damaged: name another copy.")


@contextlib.contextmanager
def _connected(file: Path, how: str = "") -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{file.absolute().as_uri()}{how}", uri=True, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _remove(file: Path) -> None:
    for ending in ("", *_JOURNALS):
        with contextlib.suppress(OSError):
            file.with_name(file.name + ending).unlink()


def _why(error: BaseException) -> str:
    return reason(error) if isinstance(error, OSError) else str(error).splitlines()[0][:120]
