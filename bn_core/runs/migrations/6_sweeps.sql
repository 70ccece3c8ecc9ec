-- Version 5 to 6: sweeps, and runs of which only the scores are kept. Frozen.

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
ALTER TABLE runs ADD COLUMN recording TEXT NOT NULL DEFAULT 'everything';
ALTER TABLE runs ADD COLUMN sweep TEXT;
CREATE INDEX runs_of_sweep ON runs (sweep) WHERE sweep IS NOT NULL;
