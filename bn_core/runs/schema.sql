-- The tables of the run store as they are today (SCHEMA_VERSION in schema.py).
--
-- What is recorded is guarded by triggers: an event or an answer is never changed, whoever has the file open.
-- A change here needs a new file in migrations/ that brings the version before to this one.

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    identity TEXT NOT NULL,
    owner TEXT NOT NULL,
    created REAL NOT NULL,
    name TEXT,
    pinned INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'queued',
    message TEXT,
    step INTEGER NOT NULL DEFAULT 0,
    milliseconds REAL NOT NULL DEFAULT 0,
    started REAL,
    ended REAL,
    worker TEXT,
    compiling_since REAL,
    queue_number INTEGER,
    dataset_note TEXT,
    test_accuracy REAL,
    snapshots_removed INTEGER NOT NULL DEFAULT 0,
    shared INTEGER NOT NULL DEFAULT 0,
    address TEXT NOT NULL DEFAULT '',
    turns_before INTEGER NOT NULL DEFAULT 0,
    recording TEXT NOT NULL DEFAULT 'everything',
    sweep TEXT
);
CREATE INDEX runs_of_sweep ON runs (sweep) WHERE sweep IS NOT NULL;
CREATE INDEX runs_by_identity ON runs (identity, created);
CREATE INDEX runs_on_the_shelf ON runs (pinned, created);
CREATE INDEX runs_by_age ON runs (created);
CREATE INDEX runs_by_status ON runs (status, queue_number);
CREATE TRIGGER run_is_what_was_asked BEFORE UPDATE OF id, config, identity, owner, created ON runs
BEGIN
    SELECT RAISE(ABORT, 'a run keeps its id, configuration and owner');
END;

-- What is trained for a comparison: its members are runs that bear its id.
CREATE TABLE sweeps (
    id TEXT PRIMARY KEY,
    plan TEXT NOT NULL,
    owner TEXT NOT NULL,
    address TEXT NOT NULL,
    created REAL NOT NULL,
    shared INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'stopped', 'finished'))
);
CREATE INDEX sweeps_of_owner ON sweeps (owner, created);

-- The kind stands before the bytes: what is passed over must not be read. Two thirds of a run's bytes are statistics,
-- which the Train page never looks at.
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

CREATE TABLE blobs (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    step INTEGER NOT NULL,
    packed BLOB NOT NULL,
    UNIQUE (run_id, kind, step)
);

CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    run_id TEXT REFERENCES runs (id) ON DELETE CASCADE,
    argument TEXT NOT NULL,
    asked_by TEXT,
    created REAL NOT NULL
);
CREATE INDEX requests_by_run ON requests (run_id);

CREATE TABLE engine (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    status TEXT NOT NULL
);

-- `since` is when the question was put, and from its end on when that was. `asked` is when somebody last wanted to
-- know. A question's run need not be here: it may be one that comes with the app. One that was here takes its questions
-- along.
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
    browser TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
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

-- Who had a turn on a worker, in this order; the latest ones are kept. `browser` and `address` are hashes, here as
-- everywhere: of an address only with the salt, which is made once.
CREATE TABLE turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    browser TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE TABLE salt (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes BLOB NOT NULL
);
INSERT INTO salt VALUES (1, randomblob(32));

-- The talk that is given at present, of which there is at most one, with what the class said to it; `scenes` is a list
-- in JSON. `number` counts the changes of its state. The clock has run for `seconds`, and since `clock_since` where that
-- is set. Browsers, tokens, keys and codes are SHA-256 of them.
CREATE TABLE presentation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    talk TEXT NOT NULL,
    scenes TEXT NOT NULL,
    begun REAL NOT NULL,
    number INTEGER NOT NULL DEFAULT 1,
    scene TEXT NOT NULL,
    since REAL NOT NULL,
    seconds REAL NOT NULL DEFAULT 0,
    clock_since REAL
);
CREATE TABLE presented_scenes (
    scene TEXT PRIMARY KEY,
    run_id TEXT,
    revealed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE guesses (
    scene TEXT NOT NULL,
    browser TEXT NOT NULL,
    choice INTEGER,
    number REAL,
    PRIMARY KEY (scene, browser),
    CHECK ((choice IS NULL) != (number IS NULL))
) WITHOUT ROWID;
CREATE TABLE remarks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scene TEXT NOT NULL,
    browser TEXT NOT NULL,
    text TEXT NOT NULL CHECK (length(text) <= 500),
    exercise TEXT,
    created REAL NOT NULL
);
CREATE INDEX remarks_by_browser ON remarks (browser);
CREATE TABLE presenters (
    token TEXT NOT NULL,
    browser TEXT NOT NULL,
    key TEXT NOT NULL,
    until REAL NOT NULL,
    handed_over INTEGER NOT NULL,
    PRIMARY KEY (token, browser)
) WITHOUT ROWID;
CREATE TABLE hand_over (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    code TEXT NOT NULL,
    key TEXT NOT NULL,
    until REAL NOT NULL
);
