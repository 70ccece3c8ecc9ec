-- Version 3 to 4: browsers and addresses take turns, and others see a run in their lists where it is shared. Frozen.

ALTER TABLE runs ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN turns_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN address TEXT NOT NULL DEFAULT '';
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
