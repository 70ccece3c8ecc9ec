-- Version 6 to 7: runs, sweeps and answers get checks. What is there is taken as it is, and a run says that it was not
-- checked until now. The seals over whole rows are put on at the end of all migrations. Frozen.

ALTER TABLE runs ADD COLUMN recorded TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN weights TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN checked_late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN seal TEXT;
ALTER TABLE sweeps ADD COLUMN seal TEXT;
ALTER TABLE questions ADD COLUMN seal TEXT;
-- As bytes: what is damaged may be no text. A row that is not what it must be stays without, and counts as damaged.
UPDATE OR IGNORE runs SET checked_late = 1,
    recorded = coalesce((
        SELECT chains_of(CAST(run_id AS BLOB), CAST(number AS INTEGER), CAST(kind AS BLOB), CAST(packed AS BLOB))
        FROM events WHERE run_id = runs.id
    ), '{}'),
    weights = coalesce((
        SELECT weights_of(CAST(run_id AS BLOB), CAST(kind AS BLOB), CAST(step AS INTEGER), CAST(packed AS BLOB))
        FROM blobs WHERE run_id = runs.id
    ), '{}');
UPDATE OR IGNORE questions SET seal = answer_check(CAST(run_id AS BLOB), CAST(digest AS BLOB), CAST(answer AS BLOB))
WHERE answer IS NOT NULL;
CREATE TRIGGER runs_are_sealed BEFORE UPDATE ON runs
WHEN NEW.seal IS NOT NULL AND NEW.seal IS OLD.seal
BEGIN
    SELECT RAISE(ABORT, 'a run keeps its seal only as long as nothing is changed');
END;
CREATE TABLE tally (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    runs INTEGER NOT NULL
);
INSERT INTO tally SELECT 1, count(*) FROM runs;
CREATE TRIGGER runs_are_counted AFTER INSERT ON runs
BEGIN
    UPDATE tally SET runs = runs + 1;
END;
CREATE TRIGGER runs_are_counted_off AFTER DELETE ON runs
BEGIN
    UPDATE tally SET runs = runs - 1;
END;
