-- Version 2 to 3: a question's run need not be in the store. Frozen.

DROP TRIGGER question_is_what_was_asked;
DROP TRIGGER answers_are_final;
DROP INDEX questions_by_state;
DROP INDEX one_off_questions;
ALTER TABLE questions RENAME TO questions_2;
CREATE TABLE questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
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
CREATE TRIGGER questions_go_with_their_run AFTER DELETE ON runs
BEGIN
    DELETE FROM questions WHERE run_id = OLD.id;
END;
INSERT INTO questions SELECT * FROM questions_2 ORDER BY id;
DROP TABLE questions_2;
