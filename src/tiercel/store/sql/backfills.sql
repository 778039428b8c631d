-- name: create_backfill
INSERT INTO backfills (
    id, namespace, flow_id, trigger_id, start_date, end_date, selection, newest_first, parallel, inputs,
    labels, total, created_at, ended_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (namespace, flow_id, trigger_id) WHERE ended_at IS NULL DO NOTHING
RETURNING id;

-- name: add_backfill_dates
INSERT INTO backfill_dates (backfill_id, place, date)
SELECT $1, place - 1, date FROM unnest($2::timestamptz[]) WITH ORDINALITY AS d (date, place);

-- name: open_backfill
SELECT b.*, (
    SELECT d.date FROM backfill_dates d WHERE d.backfill_id = b.id AND d.place = b.started - 1
) AS reached
FROM backfills b
WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3 AND ended_at IS NULL;

-- name: get_backfill
SELECT b.*, (
    SELECT d.date FROM backfill_dates d WHERE d.backfill_id = b.id AND d.place = b.started - 1
) AS reached
FROM backfills b WHERE id = $1;

-- name: backfills_of_trigger
SELECT b.*, (
    SELECT d.date FROM backfill_dates d WHERE d.backfill_id = b.id AND d.place = b.started - 1
) AS reached
FROM backfills b WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3
ORDER BY created_at DESC LIMIT $4;

-- name: open_backfills
SELECT b.*, (
    SELECT d.date FROM backfill_dates d WHERE d.backfill_id = b.id AND d.place = b.started - 1
) AS reached
FROM backfills b WHERE ended_at IS NULL ORDER BY created_at;

-- name: backfill_dates
SELECT date, state, execution_id FROM backfill_dates WHERE backfill_id = $1
ORDER BY place LIMIT $2 OFFSET $3;

-- name: pause_backfill
UPDATE backfills b SET paused = $4
WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3 AND ended_at IS NULL
RETURNING b.*, (
    SELECT d.date FROM backfill_dates d WHERE d.backfill_id = b.id AND d.place = b.started - 1
) AS reached;

-- name: cancel_backfill
UPDATE backfills b SET cancelled = true, ended_at = $4
WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3 AND ended_at IS NULL
RETURNING b.*, (
    SELECT d.date FROM backfill_dates d WHERE d.backfill_id = b.id AND d.place = b.started - 1
) AS reached;

-- name: claim_backfills
-- Those that may start a date now. One by one means: the trigger's own lock is taken as well.
SELECT b.*, (
    SELECT d.date FROM backfill_dates d WHERE d.backfill_id = b.id AND d.place = b.started - 1
) AS reached,
f.revision AS flow_revision
FROM backfills b
JOIN triggers t USING (namespace, flow_id, trigger_id)
JOIN flows f ON f.namespace = b.namespace AND f.id = b.flow_id
WHERE b.ended_at IS NULL AND NOT b.paused AND b.running < b.parallel AND b.started < b.total
    AND (b.parallel > 1 OR t.execution_id IS NULL)
    AND NOT f.deleted AND NOT f.disabled
ORDER BY b.created_at
LIMIT $1
FOR NO KEY UPDATE OF b, t SKIP LOCKED;

-- name: next_backfill_dates
SELECT place, date FROM backfill_dates
WHERE backfill_id = $1 AND place >= $2
ORDER BY place LIMIT $3;

-- name: start_backfill_dates
WITH marked AS (
    UPDATE backfill_dates d SET state = s.state, execution_id = s.execution_id
    FROM unnest($2::integer[], $3::text[], $4::text[]) AS s (place, execution_id, state)
    WHERE d.backfill_id = $1 AND d.place = s.place
)
UPDATE backfills
SET started = started + $5,
    running = running + $6,
    failed = failed + $5 - $6,
    ended_at = CASE WHEN started + $5 = total AND running + $6 = 0 THEN $7 ELSE ended_at END
WHERE id = $1;

-- name: lock_trigger_for_backfill
UPDATE triggers SET execution_id = $4, updated_at = $5
WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3;

-- name: end_backfill_dates
WITH over AS (
    UPDATE backfill_dates d SET state = coalesce(e.state, 'DELETED')
    FROM unnest($1::text[], $2::text[]) AS e (id, state)
    WHERE d.execution_id = e.id AND d.state = 'RUNNING'
    RETURNING d.backfill_id, d.state
), counted AS (
    SELECT backfill_id, count(*) AS ended,
        count(*) FILTER (WHERE state IN ('SUCCESS', 'WARNING')) AS succeeded
    FROM over GROUP BY backfill_id
)
UPDATE backfills b
SET running = b.running - c.ended,
    succeeded = b.succeeded + c.succeeded,
    failed = b.failed + c.ended - c.succeeded,
    ended_at = CASE WHEN b.ended_at IS NULL AND b.started = b.total AND b.running = c.ended
        THEN $3 ELSE b.ended_at END
FROM counted c
WHERE b.id = c.backfill_id;
