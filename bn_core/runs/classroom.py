"""The talk that is given: its scene, its clock, who presents it, and what the class guessed and wrote."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence

from bn_core.runs.database import Database, StoreUnavailable, sql_id
from bn_core.runs.presented import (
    ANSWER,
    GUESSES,
    HIDDEN,
    KEPT_SECONDS,
    TEXT_LIMIT,
    Guesses,
    NoTalk,
    NotPresenting,
    NotTaken,
    Presentation,
    Presenter,
    Remark,
    TalkGiven,
)
from bn_core.runs.records import owner_hash

MAX_GUESSES = 2000
"""Of one question."""

LARGEST_NUMBER = 1e15
"""Of a guess, either way: beyond it a chart shows nothing."""

MAX_REMARKS = 2000
MAX_REMARKS_BY_BROWSER = 20

MAX_PRESENTERS = 20
"""Browsers that may present at once; one that it was handed over to makes room first, then whose right ends first."""

_SHOWN = """
SELECT id, talk, scenes, begun, number, scene, since, seconds, clock_since, run_id, coalesce(revealed, 0) AS revealed
FROM presentation LEFT JOIN presented_scenes USING (scene) WHERE begun > ?
"""
_PRESENTER = "SELECT 1 FROM presenters WHERE token = ? AND browser = ? AND until > ?"
_OF_A_TALK = ("presentation", "presented_scenes", "guesses", "remarks", "hand_over")
_CHANGED = "number = number + 1"


class Classroom(Database):
    """The part of the store that holds the talk that is given, of which there is at most one.

    Who follows needs no right. What only a presenter may do takes a `Presenter`, and raises NotPresenting for one that
    the store does not know. What belongs to a talk raises NoTalk where none is given. One of more than a day ago is
    none.
    """

    # Who presents

    def add_presenter(self, presenter: Presenter, key: str, *, handed_over: bool) -> None:
        """Let this browser present for a day; one that it was handed over to, until the talk ends.

        Args:
            key: SHA-256 of the key that the right goes back to.
        """
        now = time.time()
        with self._writing() as connection:
            connection.execute("DELETE FROM presenters WHERE until < ?", (now,))
            connection.execute(
                "INSERT OR REPLACE INTO presenters (token, browser, key, until, handed_over) VALUES (?, ?, ?, ?, ?)",
                (*presenter.row, key, now + KEPT_SECONDS, handed_over),
            )
            connection.execute(
                "DELETE FROM presenters WHERE token IN "
                "(SELECT token FROM presenters ORDER BY handed_over, until DESC LIMIT -1 OFFSET ?)",
                (MAX_PRESENTERS,),
            )

    def presents(self, presenter: Presenter) -> bool:
        """Whether this is the right of a browser that may present."""
        return self._row(_PRESENTER, (*presenter.row, time.time())) is not None

    def keep_presenters(self, key: str) -> None:
        """Take the right of all who hold it by another key than this one (SHA-256)."""
        if self._row("SELECT 1 FROM presenters WHERE key != ?1 UNION SELECT 1 FROM hand_over WHERE key != ?1", (key,)):
            with self._writing() as connection:
                for table in ("presenters", "hand_over"):
                    connection.execute(f"DELETE FROM {table} WHERE key != ?", (key,))

    def leave(self, presenter: Presenter) -> None:
        """Give the right back."""
        with self._writing() as connection:
            connection.execute("DELETE FROM presenters WHERE token = ? AND browser = ?", presenter.row)

    def put_code(self, presenter: Presenter, code: str, key: str, seconds: float) -> None:
        """Keep a code (SHA-256) by which one other browser can present, in place of an earlier one, for so long."""
        with self._of_presenter(presenter) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO hand_over (one, code, key, until) VALUES (1, ?, ?, ?)",
                (code, key, time.time() + seconds),
            )

    def take_code(self, code: str, key: str) -> bool:
        """Use this code (SHA-256) up; return whether it was good, made under this key (SHA-256)."""
        with self._writing() as connection:
            taken = connection.execute(
                "DELETE FROM hand_over WHERE code = ? AND key = ? AND until > ?", (code, key, time.time())
            )
        return taken.rowcount == 1

    # The talk

    def presentation(self) -> Presentation | None:
        """Return the talk that is given, as it is now; None where none is."""
        return _presentation(self._row(_SHOWN, (_oldest(),)))

    def begin_talk(self, presenter: Presenter, talk: str, scenes: Sequence[str]) -> Presentation:
        """Open a talk to the class, at its first scene and with its clock standing.

        Raises:
            TalkGiven: one is given already.
        """
        now = time.time()
        with self._of_presenter(presenter) as connection:
            if _presentation(connection.execute(_SHOWN, (_oldest(),)).fetchone()) is not None:
                raise TalkGiven
            _forget(connection)
            connection.execute(
                "INSERT INTO presentation (one, id, talk, scenes, begun, scene, since) "
                "VALUES (1, lower(hex(randomblob(2))), ?, ?, ?, ?, ?)",
                (talk, json.dumps(list(scenes)), now, scenes[0], now),
            )
            _renew(connection, presenter)
            return _given(connection)

    def end_talk(self, presenter: Presenter) -> None:
        """End the talk and delete everything that belongs to it. Those it was handed over to present no more."""
        with self._of_presenter(presenter) as connection:
            _forget(connection)
            connection.execute("DELETE FROM presenters WHERE handed_over")
        self._empty_journal()

    def drop_old_talk(self) -> None:
        """Delete a talk of more than a day ago, with everything that belongs to it."""
        if self._row("SELECT 1 FROM presentation WHERE begun <= ?", (_oldest(),)):
            with self._writing() as connection:
                if connection.execute("SELECT 1 FROM presentation WHERE begun <= ?", (_oldest(),)).fetchone():
                    _forget(connection)
                    connection.execute("DELETE FROM presenters WHERE handed_over")
            self._empty_journal()

    def turn(self, presenter: Presenter, scenes: int) -> Presentation:
        """Go on by so many scenes, backwards where negative; at the first and the last it goes no further."""
        with self._of_presenter(presenter) as connection:
            now = _given(connection)
            place = min(max(now.place + scenes, 0), len(now.scenes) - 1)
            return _go_to(connection, now, now.scenes[place])

    def show(self, presenter: Presenter, scene: str, number: int) -> Presentation:
        """Go to a scene of the talk.

        Args:
            number: of the state in which this was asked for. In a later one it is not done any more.
        """
        with self._of_presenter(presenter) as connection:
            now = _given(connection)
            return _go_to(connection, now, scene) if now.number == number and scene in now.scenes else now

    def reveal(self, presenter: Presenter, scene: str, what: int) -> None:
        """Show everybody what the class guesses in a scene, from when on nobody takes a guess back; or what is right,
        from when on no guess is taken.

        Args:
            what: GUESSES or ANSWER.
        """
        with self._of_presenter(presenter) as connection:
            _check_scene(connection, scene)
            row = connection.execute("SELECT revealed FROM presented_scenes WHERE scene = ?", (scene,)).fetchone()
            # What is right, once told, is not taken back by a press that comes late.
            known = HIDDEN if row is None else row["revealed"]
            _note(connection, scene, "revealed", min(max(what, GUESSES, known), ANSWER))
            connection.execute(f"UPDATE presentation SET {_CHANGED}")

    def ask_again(self, presenter: Presenter, scene: str) -> None:
        """Hide the guesses of a scene again and forget them, for another round."""
        with self._of_presenter(presenter) as connection:
            _check_scene(connection, scene)
            _note(connection, scene, "revealed", HIDDEN)
            connection.execute("DELETE FROM guesses WHERE scene = ?", (scene,))
            connection.execute(f"UPDATE presentation SET {_CHANGED}")

    def put_on_scene(self, presenter: Presenter, scene: str, run_id: str | None) -> None:
        """Say which run a scene shows from now on: it is there again when the talk comes back to it."""
        with self._of_presenter(presenter) as connection:
            _check_scene(connection, scene)
            row = connection.execute("SELECT run_id FROM presented_scenes WHERE scene = ?", (scene,)).fetchone()
            if (None if row is None else row["run_id"]) != run_id:
                _note(connection, scene, "run_id", None if run_id is None else sql_id(run_id) or None)
                connection.execute(f"UPDATE presentation SET {_CHANGED}")

    def run_clock(self, presenter: Presenter) -> None:
        """Let the clock run."""
        with self._of_presenter(presenter) as connection:
            connection.execute(
                f"UPDATE presentation SET clock_since = ?, {_CHANGED} WHERE clock_since IS NULL", (time.time(),)
            )
            _renew(connection, presenter)

    def stop_clock(self, presenter: Presenter) -> None:
        """Let the clock stand."""
        with self._of_presenter(presenter) as connection:
            connection.execute(
                f"UPDATE presentation SET seconds = seconds + max(0, ? - clock_since), clock_since = NULL, {_CHANGED} "
                "WHERE clock_since IS NOT NULL",
                (time.time(),),
            )

    # What the class says

    def guess(self, talk: str, scene: str, browser: str | None, given: object, *, choices: int) -> None:
        """Keep what a browser guesses in a scene, in place of what it guessed before.

        Args:
            talk: the id of the presentation that it follows.
            browser: its id.
            given: the place of a choice, counted from 0; or a finite number.
            choices: how many there are; 0 where a number is asked for.

        Raises:
            NotTaken: it is neither; another scene is shown, or another talk given; what is right is shown already, or
                what this browser guessed before; 2,000 browsers guessed; or the browser has no id.
        """
        if choices:
            usable = type(given) is int and 0 <= given < choices
        else:
            usable = type(given) in (int, float) and abs(given) <= LARGEST_NUMBER  # type: ignore[arg-type]
        if not usable:
            number = f"A guess is a number, at most {LARGEST_NUMBER:g} either way: this one was not counted."
            raise NotTaken("Choose one of the answers." if choices else number)
        hashed = _hashed(browser)
        with self._writing() as connection:
            now = _of_talk(connection, talk)
            if now.scene != scene:
                raise NotTaken("The talk has gone on to another scene: this guess was not counted.")
            others, own = connection.execute(
                "SELECT coalesce(sum(browser != ?2), 0), coalesce(sum(browser = ?2), 0) FROM guesses WHERE scene = ?1",
                (scene, hashed),
            ).fetchone()
            if now.revealed == ANSWER or (now.revealed and own):
                raise NotTaken("The guesses are shown already: this one was not counted.")
            if others >= MAX_GUESSES:
                raise NotTaken(f"{MAX_GUESSES:,} guesses were made already: no more are taken.")
            connection.execute(
                f"INSERT OR REPLACE INTO guesses (scene, browser, {'choice' if choices else 'number'}) "
                "VALUES (?, ?, ?)",
                (scene, hashed, given),
            )

    def guess_of(self, scene: str, browser: str | None) -> int | float | None:
        """Return what the browser of this id guessed in a scene: a choice's place or a number; None for nothing."""
        row = self._row(
            "SELECT coalesce(choice, number) AS guess FROM guesses WHERE scene = ? AND browser = ?",
            (scene, owner_hash(browser)),
        )
        guess: int | float | None = None if row is None else row["guess"]
        return guess

    def guesses(self, scene: str, presenter: Presenter | None = None) -> Guesses:
        """Return what the class guessed in a scene: for the presenter at any time, for others once it is revealed.

        Raises:
            NotPresenting: it is not revealed.
        """
        revealed = self._row("SELECT 1 FROM presented_scenes WHERE scene = ? AND revealed", (scene,))
        if revealed is None and (presenter is None or not self.presents(presenter)):
            raise NotPresenting
        rows = self._rows("SELECT choice, number FROM guesses WHERE scene = ? ORDER BY number", (scene,))
        choices: dict[int, int] = {}
        for row in rows:
            if row["choice"] is not None:
                choices[row["choice"]] = choices.get(row["choice"], 0) + 1
        return Guesses(choices, tuple(row["number"] for row in rows if row["number"] is not None))

    def guess_count(self, scene: str) -> int:
        """Return how many browsers guessed in a scene, which anybody may know."""
        count: int = self._row("SELECT count(*) FROM guesses WHERE scene = ?", (scene,))[0]
        return count

    def write(self, talk: str, scene: str, browser: str | None, text: str, exercise: str | None = None) -> None:
        """Keep what a browser wrote, for the presenter alone.

        Args:
            talk: the id of the presentation that it follows.
            browser: its id.
            exercise: the key of the exercise that it is handed in of; None for a remark.

        Raises:
            NotTaken: it is empty or longer than 500 characters; another talk is given; the browser wrote 20 times
                already, or all together 2,000 times; or the browser has no id.
        """
        text = text.strip()
        if not text:
            raise NotTaken("Write something first.")
        if len(text) > TEXT_LIMIT:
            raise NotTaken(f"These are {len(text):,} characters: shorten it to {TEXT_LIMIT}.")
        hashed = _hashed(browser)
        with self._writing() as connection:
            _of_talk(connection, talk)
            _check_scene(connection, scene)
            everybody, own = connection.execute(
                "SELECT count(*), coalesce(sum(browser = ?), 0) FROM remarks", (hashed,)
            ).fetchone()
            if own >= MAX_REMARKS_BY_BROWSER:
                raise NotTaken(f"This browser has sent {own} texts in this talk: it can send no more.")
            if everybody >= MAX_REMARKS:
                raise NotTaken("So much has been written in this talk already that no more is taken.")
            connection.execute(
                "INSERT INTO remarks (scene, browser, text, created, exercise) VALUES (?, ?, ?, ?, ?)",
                (scene, hashed, text.encode("utf-8", "replace").decode(), time.time(), exercise),
            )

    def remarks(self, presenter: Presenter) -> list[Remark]:
        """Return everything that the class wrote, the newest first."""
        if not self.presents(presenter):
            raise NotPresenting
        rows = self._rows("SELECT scene, text, created, exercise FROM remarks ORDER BY id DESC")
        return [Remark(**dict(row)) for row in rows]

    # Inside

    def _empty_journal(self) -> None:
        """Take what was deleted out of the journal, too, as far as nobody reads at the moment."""
        with contextlib.suppress(StoreUnavailable):
            self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _of_presenter(self, presenter: Presenter) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction, for a presenter only."""
        with self._writing() as connection:
            if connection.execute(_PRESENTER, (*presenter.row, time.time())).fetchone() is None:
                raise NotPresenting
            yield connection


def _hashed(browser: str | None) -> str:
    hashed = owner_hash(browser)
    if hashed is None:
        raise NotTaken("This browser has not introduced itself yet: reload the page and try again.")
    return hashed


def _of_talk(connection: sqlite3.Connection, talk: str) -> Presentation:
    """Return what is given, where that is this talk still: a page may be left open from one to the next."""
    now = _given(connection)
    if now.id != talk:
        raise NotTaken("This talk has ended, and another is given: open its address.")
    return now


def _oldest() -> float:
    return time.time() - KEPT_SECONDS


def _presentation(row: sqlite3.Row | None) -> Presentation | None:
    if row is None:
        return None
    values = dict(row)
    return Presentation(**values | {"scenes": tuple(json.loads(row["scenes"]))})


def _given(connection: sqlite3.Connection) -> Presentation:
    presentation = _presentation(connection.execute(_SHOWN, (_oldest(),)).fetchone())
    if presentation is None:
        raise NoTalk
    return presentation


def _check_scene(connection: sqlite3.Connection, scene: str) -> None:
    if scene not in _given(connection).scenes:
        raise NoTalk


def _go_to(connection: sqlite3.Connection, now: Presentation, scene: str) -> Presentation:
    if scene != now.scene:
        connection.execute(f"UPDATE presentation SET scene = ?, since = ?, {_CHANGED}", (scene, time.time()))
    return _given(connection)


def _note(connection: sqlite3.Connection, scene: str, column: str, value: object) -> None:
    connection.execute(
        f"INSERT INTO presented_scenes (scene, {column}) VALUES (?1, ?2) ON CONFLICT (scene) DO UPDATE "
        f"SET {column} = ?2",
        (scene, value),
    )


def _renew(connection: sqlite3.Connection, presenter: Presenter) -> None:
    """Let whoever opens or begins a talk present for a day from now on, whenever the key was entered."""
    connection.execute(
        "UPDATE presenters SET until = max(until, ?) WHERE token = ? AND browser = ?",
        (time.time() + KEPT_SECONDS, *presenter.row),
    )


def _forget(connection: sqlite3.Connection) -> None:
    # Overwritten, not only let go of: that is what a class is told.
    connection.execute("PRAGMA secure_delete = ON")
    for table in _OF_A_TALK:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("PRAGMA secure_delete = OFF")
