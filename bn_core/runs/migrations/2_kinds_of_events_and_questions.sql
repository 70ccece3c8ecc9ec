-- Version 1 to 2: events have a kind, runs their test accuracy, and there are questions. Frozen.

DROP TRIGGER events_are_numbered;
DROP TRIGGER events_are_final;
DROP TRIGGER events_stay;
ALTER TABLE events RENAME TO events_1;
CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
CREATE INDEX events_by_kind ON events (run_id, kind, number);
CREATE TRIGGER events_are_numbered BEFORE INSERT ON events
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM events WHERE run_id = NEW.run_id)
BEGIN
    SELECT RAISE(ABORT, 'events are append-only: this is not the next number');
END;
CREATE TRIGGER events_are_final BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only: none is changed');
END;
CREATE TRIGGER events_stay BEFORE DELETE ON events
WHEN EXISTS (SELECT 1 FROM runs WHERE id = OLD.run_id)
BEGIN
    SELECT RAISE(ABORT, 'events are append-only: they go only with their run');
END;
INSERT INTO events (run_id, number, kind, packed)
    SELECT run_id, number, kind_of(packed), packed FROM events_1 ORDER BY run_id, number;
DROP TABLE events_1;
ALTER TABLE runs ADD COLUMN test_accuracy REAL;
ALTER TABLE runs ADD COLUMN snapshots_removed INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET test_accuracy =
    (SELECT test_accuracy_of(packed) FROM events WHERE run_id = runs.id AND kind = 'Scored' ORDER BY number LIMIT 1);
CREATE TABLE questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    one_off INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'answered', 'refused')),
    since REAL NOT NULL,
    asked REAL NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    question TEXT NOT NULL,
    answer BLOB,
    UNIQUE (run_id, digest),
    CHECK ((answer IS NOT NULL) = (state = 'answered') AND (problem IS NOT NULL) = (state = 'refused'))
);
CREATE INDEX questions_by_state ON questions (state, run_id);
CREATE INDEX one_off_questions ON questions (asked) WHERE one_off;
CREATE TRIGGER question_is_what_was_asked BEFORE UPDATE OF id, run_id, digest, one_off, question ON questions
BEGIN
    SELECT RAISE(ABORT, 'append-only: a question keeps its run and its words');
END;
CREATE TRIGGER answers_are_final BEFORE UPDATE OF answer, state ON questions
WHEN OLD.answer IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'append-only: an answer is never changed');
END;
