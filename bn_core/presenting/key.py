"""The presenter's key: made once, kept below BN_HOME where only its owner can read it, and never shown on a page."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from bn_core.environment import (
    SHORTEST_KEY,
    EnvironmentProblem,
    make_folder,
    read_environment,
    reason,
    shown_path,
)
from bn_core.runs.presented import sha256

FILE_NAME = "presenter.key"

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what looks alike: i, l, o, 0 and 1."""

GROUPS = 7
GROUP = 4
"""Seven groups of four characters are 138 bits."""

LOCK_SECONDS = 5.0


class KeyProblem(RuntimeError):  # noqa: N818 - named for what it tells
    """The key cannot be read or made. `str(problem)` says in one sentence why, and what to do."""


def presenter_key() -> str:
    """Return the key: BN_PRESENTER_KEY, else the one below BN_HOME, which is made where there is none.

    Raises:
        KeyProblem: there is none to be had.
    """
    try:
        environment = read_environment()
    except EnvironmentProblem as problem:
        raise KeyProblem(str(problem)) from problem
    return environment.presenter_key or kept_key(environment.home)


def is_chosen() -> bool:
    """Whether somebody chose the key (BN_PRESENTER_KEY): it can be guessed sooner than one of 138 random bits.

    Raises:
        KeyProblem: there is none to be had.
    """
    try:
        return read_environment().presenter_key is not None
    except EnvironmentProblem as problem:
        raise KeyProblem(str(problem)) from problem


def kept_key(home: Path) -> str:
    """Return the key that is kept in this folder, made where there is none.

    Raises:
        KeyProblem: it cannot be read or made.
    """
    path = home / FILE_NAME
    with _sentence(path):
        key = _read(path)
        if key is None:
            with _alone(home):
                key = _read(path) or _make(path)
    return key


def new_key(home: Path) -> str:
    """Make a key in place of the one that is kept in this folder: who presents by that one presents no more.

    Raises:
        KeyProblem: it cannot be made.
    """
    path = home / FILE_NAME
    with _sentence(path), _alone(home):
        return _make(path)


def matches(given: str, key: str) -> bool:
    """Whether somebody gave the key; this takes as long for every text."""
    return secrets.compare_digest(sha256(given.strip()), sha256(key))


@contextlib.contextmanager
def _sentence(path: Path) -> Iterator[None]:
    """Say in one sentence what the operating system refused."""
    try:
        yield
    except Timeout as error:
        raise KeyProblem(f"{shown_path(path)} is held by another program: try again.") from error
    except OSError as error:
        raise KeyProblem(
            f"The presenter's key cannot be kept in {shown_path(path)} ({reason(error)}): make the folder writable, or "
            "set BN_HOME to another one."
        ) from error


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Let no other process make a key in this folder meanwhile."""
    make_folder(home)
    with FileLock(home / f"{FILE_NAME}.lock", timeout=LOCK_SECONDS):
        yield


def _read(path: Path) -> str | None:
    """Return the key of this file; None where there is no file. One that others can read is closed to them."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        key = ""
    if len(key) < SHORTEST_KEY or not key.isprintable():
        raise KeyProblem(
            f"{shown_path(path)} holds no presenter's key: make a new one by python -m bn_core presenter-key --new."
        )
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)
    return key


def _make(path: Path) -> str:
    key = "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    # Made for its owner alone, not narrowed afterwards.
    new.touch(mode=0o600, exist_ok=False)
    new.write_text(f"{key}\n", encoding="utf-8")
    new.replace(path)
    return key
