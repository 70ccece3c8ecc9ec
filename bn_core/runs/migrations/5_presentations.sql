-- Version 4 to 5: a talk that is given, who may give it, and what the class answers. Frozen.

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
