"""Questions about a step of a run: stored once, answered by the engine, and the answer kept for everybody."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time

from bn_core.runs.checks import answer_check
from bn_core.runs.database import Database, sql_id
from bn_core.runs.records import AnswerBytes, NotPossible, Pending, QueueFull, StoredQuestion, UnknownRun
from bn_core.runs.turns import Places

PLACES = Places(all=400, of_browser=24, parts=6)
"""Of questions that have no answer yet."""

MAX_TAKEN = 3
"""How often a question is given to the engine that does not come back with a word on it."""

MAX_ANSWER_BYTES = 1_000_000
ONE_OFF_BYTES = 512
"""A question longer than this was drawn or typed, not chosen from what a page offers: nobody will ask it again."""

ONE_OFFS_KEPT = 200
"""In the whole store."""

ANSWERS_KEPT = 1000
"""Of each run, one-offs apart."""

WANTED_SECONDS = 60.0
"""A waiting question that nobody asked for so long is nobody's question."""

REFUSED_SECONDS = 30.0
"""How long a refusal holds. It is no fact of the run: the engine may know better the next time."""

NOTED_SECONDS = 5.0
"""A page may ask 50 times a second; that it still asks is written down at most so often."""

_NO_WORD = (
    f"The engine tried {MAX_TAKEN} times to work this out and was interrupted each time. You can ask again in a minute."
)

_FIND = "SELECT * FROM questions WHERE run_id = ? AND digest = ?"

_NEXT_QUESTIONS = """
SELECT id FROM (
    SELECT id, state, own, row_number() OVER (PARTITION BY address ORDER BY state != 'taken', own, id) AS here FROM (
        SELECT id, state, address,
            row_number() OVER (PARTITION BY address, browser ORDER BY state != 'taken', id) AS own
        FROM questions WHERE state IN ('waiting', 'taken')
    )
) WHERE state = 'waiting' ORDER BY here, own, id LIMIT ?
"""


class Questions(Database):
    """The part of the store that holds questions and answers.

    A question waits, is taken by the engine's host, and ends answered or refused. An answer is a fact of the run: it
    is never changed. The questions asked longest ago make room for others.
    """

    # For pages

    def ask(
        self,
        run_id: str,
        question: str,
        browser: str = "",
        address: str | None = None,
        *,
        closed: str | None = None,
        stored: bool = True,
    ) -> AnswerBytes | Pending:
        """Put a question about the run, unless it was put before, and say what has become of it.

        Asking again costs a few reads, and a write every few seconds. A question counts as wanted for a minute after
        it was last asked.

        Args:
            question: `records.canonical_question` of it.
            browser: the SHA-256 of the asking browser's id (`records.owner_hash`); all without one share as one.
            address: where it asks from, as the server sees it; None for this machine. A hash of it is kept.
            closed: why nothing can be worked out at present, one sentence. What is answered already is given anyway.
            stored: whether the run must be in this store; False for one that comes with the app.

        Raises:
            UnknownRun: there is no such run.
            NotPossible: what `closed` says, or what the engine said when it refused the question lately.
            QueueFull: this browser has its share of the open questions, or there are too many.
        """
        key = (sql_id(run_id), digest_of(question))
        now = time.time()
        row = _sound(self._row(_FIND, key), key)
        if row is None or row["state"] != "answered":
            if closed is not None:
                raise NotPossible(closed)
            if row is not None and row["state"] == "refused" and abs(now - row["since"]) < REFUSED_SECONDS:
                raise NotPossible(row["problem"])
        if row is None or row["state"] == "refused" or abs(now - row["asked"]) >= NOTED_SECONDS:
            with self._writing() as connection:
                asker = browser, self._hashed(connection, address)
                _put(connection, key, question, asker, now, stored=stored)
                row = _sound(connection.execute(_FIND, key).fetchone(), key)
        assert row is not None
        if row["state"] == "answered":
            return AnswerBytes(row["answer"])
        ahead = self._row(
            "SELECT count(*) FROM questions WHERE state IN ('waiting', 'taken') AND id < ?", (row["id"],)
        )[0]
        return Pending(ahead, max(0.0, now - row["since"]))

    def answer(self, run_id: str, question: str) -> bytes | None:
        """Return the answer that a question has had; None where there is none. Nothing is put.

        Args:
            question: `records.canonical_question` of it.
        """
        key = (sql_id(run_id), digest_of(question))
        row = _sound(self._row(_FIND, key), key)
        return None if row is None else row["answer"]

    # For the engine's host

    def take_questions(self, most: int = PLACES.all) -> list[StoredQuestion]:
        """Take up to so many waiting questions, the oldest of each browser first: each is given to one taker.

        Addresses take turns, and behind each its browsers: what is being worked out for them counts. Questions that
        nobody has asked for a minute are dropped instead. Looking costs some ten microseconds where nothing waits.
        """
        if not self._rows("SELECT 1 FROM questions WHERE state = 'waiting' LIMIT 1"):
            return []
        with self._writing() as connection:
            _drop_unwanted(connection, time.time())
            rows = connection.execute(
                "UPDATE questions SET state = 'taken', taken = taken + 1 WHERE id IN "
                f"({_NEXT_QUESTIONS}) "
                "RETURNING id, run_id, digest, question, since",
                (max(0, most),),
            ).fetchall()
            damaged = [row for row in rows if digest_of(row["question"]) != row["digest"]]
            connection.executemany("DELETE FROM questions WHERE id = ?", [(row["id"],) for row in damaged])
        rows = [row for row in rows if row not in damaged]
        taken = [StoredQuestion(row["id"], row["run_id"], json.loads(row["question"]), row["since"]) for row in rows]
        return sorted(taken, key=lambda question: question.id)

    def answer_question(self, question_id: int, packed: bytes) -> bool:
        """Keep this as the answer, for ever.

        Returns:
            False if it has an answer already, which stays, or if the question is gone, with its run or for want of
            anybody who asks.

        Raises:
            ValueError: an answer of more than 1,000,000 bytes.
        """
        if len(packed) > MAX_ANSWER_BYTES:
            raise ValueError(f"An answer has at most {MAX_ANSWER_BYTES:,} bytes; this one has {len(packed):,}.")
        with self._writing() as connection:
            row = connection.execute(
                "UPDATE questions SET state = 'answered', answer = ?, problem = NULL, since = ? "
                "WHERE id = ? AND state != 'answered' RETURNING run_id, digest, one_off",
                (bytes(packed), time.time(), question_id),
            ).fetchone()
            if row is None:
                return False
            seal = answer_check(row["run_id"], row["digest"], bytes(packed))
            connection.execute("UPDATE questions SET seal = ? WHERE id = ?", (seal, question_id))
            of_these, values, kept = (
                ("one_off", (), ONE_OFFS_KEPT)
                if row["one_off"]
                else ("run_id = ? AND NOT one_off", (row["run_id"],), ANSWERS_KEPT)
            )
            connection.execute(
                f"DELETE FROM questions WHERE id IN (SELECT id FROM questions WHERE {of_these} AND state = 'answered' "
                "ORDER BY asked DESC, id DESC LIMIT -1 OFFSET ?)",
                (*values, kept),
            )
        return True

    def refuse_question(self, question_id: int, sentence: str) -> bool:
        """Say why a question has no answer; for half a minute everybody who asks it is told so.

        Returns:
            False if it is answered or gone.
        """
        now = time.time()
        with self._writing() as connection:
            refused = connection.execute(
                "UPDATE questions SET state = 'refused', problem = ?, since = ? WHERE id = ? AND state != 'answered'",
                (sentence, now, question_id),
            )
            connection.execute("DELETE FROM questions WHERE state = 'refused' AND since < ?", (now - REFUSED_SECONDS,))
        return refused.rowcount == 1

    def put_back_question(self, question_id: int) -> None:
        """Let a question be taken again whose worker is gone; refuse it when that has happened too often."""
        with self._writing() as connection:
            _put_back(connection, "id = ?", question_id)

    def put_back_questions(self) -> int:
        """Let every question be taken again that was taken and has no end, and return their number.

        For the engine's host: at its start for what a dead host left, and at its end.
        """
        with self._writing() as connection:
            return _put_back(connection, "TRUE")


def digest_of(question: str) -> str:
    """Return what a question is found by."""
    return hashlib.sha256(question.encode("utf-8", "surrogateescape")).hexdigest()


def _sound(row: sqlite3.Row | None, key: tuple[str, str]) -> sqlite3.Row | None:
    """Return this question's row unless it is damaged: then it is as if nobody had asked yet, and asked anew."""
    if row is None or (row["answer"] is not None and row["seal"] != answer_check(*key, row["answer"])):
        return None
    known = row["state"] in ("waiting", "taken", "answered", "refused")
    return row if known and (row["answer"] is not None) == (row["state"] == "answered") else None


def _put(
    connection: sqlite3.Connection,
    key: tuple[str, str],
    question: str,
    asker: tuple[str, str],
    now: float,
    *,
    stored: bool,
) -> None:
    """Note that the question is asked now; one that is new, or was refused, waits from now on."""
    run_id, _ = key
    row = _sound(connection.execute(_FIND, key).fetchone(), key)
    if row is not None and row["state"] != "refused":
        connection.execute("UPDATE questions SET asked = ? WHERE id = ?", (now, row["id"]))
        return
    if stored and connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is None:
        raise UnknownRun
    _drop_unwanted(connection, now)
    browser, address = asker
    elsewhere, here, own = connection.execute(
        "SELECT coalesce(sum(address != ?1), 0), coalesce(sum(address = ?1), 0), "
        "coalesce(sum(address = ?1 AND browser = ?2), 0) FROM questions WHERE state IN ('waiting', 'taken')",
        (address, browser),
    ).fetchone()
    match PLACES.lacking(elsewhere, here, own):
        case "place":
            raise QueueFull(f"{elsewhere + here} questions wait for an answer already: try again in a moment.")
        case "share":
            raise QueueFull(f"Of your questions {own} wait for an answer already: try again in a moment.")
    connection.execute("DELETE FROM questions WHERE run_id = ? AND digest = ?", key)
    connection.execute(
        "INSERT INTO questions (run_id, digest, one_off, since, asked, question, browser, address) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*key, len(question) > ONE_OFF_BYTES, now, now, question, *asker),
    )


def _drop_unwanted(connection: sqlite3.Connection, now: float) -> None:
    connection.execute("DELETE FROM questions WHERE state = 'waiting' AND asked < ?", (now - WANTED_SECONDS,))


def _put_back(connection: sqlite3.Connection, which: str, *values: object) -> int:
    enough = f"taken >= {MAX_TAKEN}"
    return connection.execute(
        f"UPDATE questions SET state = CASE WHEN {enough} THEN 'refused' ELSE 'waiting' END, "
        f"problem = CASE WHEN {enough} THEN ? END, since = CASE WHEN {enough} THEN ? ELSE since END "
        f"WHERE state = 'taken' AND {which}",
        (_NO_WORD, time.time(), *values),
    ).rowcount
