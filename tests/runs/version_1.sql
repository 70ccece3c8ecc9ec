-- The tables as version 1 made them (PRAGMA user_version = 1).

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
    dataset_note TEXT
);
CREATE INDEX runs_by_identity ON runs (identity, created);
CREATE INDEX runs_on_the_shelf ON runs (pinned, created);
CREATE INDEX runs_by_age ON runs (created);
CREATE INDEX runs_by_status ON runs (status, queue_number);
CREATE TRIGGER run_is_what_was_asked BEFORE UPDATE OF id, config, identity, owner, created ON runs
BEGIN
    SELECT RAISE(ABORT, 'a run keeps its id, configuration and owner');
END;

CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
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
