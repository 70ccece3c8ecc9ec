"""What the browser keeps for whoever uses it: solved exercises, predictions, the stop of the tour.

Notes live in the browser's local storage and in the session, and nowhere else: the server stores none. Each has a name,
a small value and the time when it was made; of two with one name the later one holds, so that several tabs agree. Where
storage is blocked, notes last as long as the tab's session, and `kept_by_browser` says so.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from pages.browser.component import component
from pages.session.session import kept, widget

KEY = "notes"
MOST = 400
LONGEST = 400

Value = bool | int | str | None

_COMPONENT = component("notes", __file__)
_NAME = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class Note:
    """A value and when it was noted, in milliseconds. None stands for what was forgotten."""

    value: Value
    at: int


@dataclass
class Notes:
    """What the session knows of them."""

    notes: dict[str, Note] = field(default_factory=dict)
    blocked: bool = False


def read(name: str) -> Value:
    """Return the note of this name; None where there is none, and in the moment before the browser has told it."""
    note = _heard().notes.get(name)
    return None if note is None else note.value


def put(name: str, value: Value) -> None:
    """Note this, in the session at once, in the browser as the page begins. For callbacks. None forgets a note."""
    known = _heard().notes
    at = int(time.time() * 1000)
    known[name] = Note(value, max(at, known[name].at + 1) if name in known else at)


def names(prefix: str) -> list[str]:
    """Return the names of the notes that begin like this and were not forgotten, the oldest first."""
    notes = _heard().notes
    found = [name for name, note in notes.items() if name.startswith(prefix) and note.value is not None]
    return sorted(found, key=lambda name: notes[name].at)


def kept_by_browser() -> bool:
    """Return whether the browser keeps notes, as far as it has said."""
    return not _heard().blocked


def listen() -> None:
    """Mount the invisible component that passes notes to the browser and back: once a run of the app.

    Before the page: who reads there that something is noted, and leaves, finds it noted.
    """
    data = {name: {"value": note.value, "at": note.at} for name, note in _heard().notes.items()}
    _COMPONENT(key=KEY, data={"notes": data}, on_notes_change=lambda: None, on_blocked_change=lambda: None)


def _heard() -> Notes:
    """Return the session's notes, with what the browser has told. Nothing in that is taken on trust."""
    known, state = kept(Notes), widget(KEY)
    if state is None:
        return known
    known.blocked = state.get("blocked") is True
    told = state.get("notes")
    for name, note in list(told.items())[:MOST] if isinstance(told, dict) else ():
        made = _note(note)
        if made is None or not isinstance(name, str) or not _NAME.fullmatch(name):
            continue
        if name not in known.notes or known.notes[name].at < made.at:
            known.notes[name] = made
    return known


def _note(told: object) -> Note | None:
    if not isinstance(told, dict):
        return None
    value, at = told.get("value"), told.get("at")
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < 1e15:
        return None
    if not (value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= LONGEST)):
        return None
    return Note(value, int(at))
