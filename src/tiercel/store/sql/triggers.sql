-- name: get_trigger
SELECT * FROM triggers WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3;

-- name: triggers_of_flow
SELECT * FROM triggers WHERE namespace = $1 AND flow_id = $2 ORDER BY trigger_id;

-- name: save_triggers
-- A row of its own for each key: the caller never names one twice.
INSERT INTO triggers (
    namespace, flow_id, trigger_id, kind, definition, is_active, evaluated_at, next_date,
    stop_after, disabled, execution_id, evaluating_since, worker_id, updated_at, fired_at, result,
    message
)
SELECT namespace, flow_id, trigger_id, kind, definition, is_active, evaluated_at, next_date,
    coalesce(string_to_array(nullif(stop_after, ''), ','), '{}'), disabled, execution_id,
    evaluating_since, worker_id, updated_at, fired_at, result, message
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[],
    $8::timestamptz[], $9::text[], $10::boolean[], $11::text[], $12::timestamptz[], $13::text[],
    $14::timestamptz[], $15::timestamptz[], $16::text[], $17::text[]
) AS s (
    namespace, flow_id, trigger_id, kind, definition, is_active, evaluated_at, next_date,
    stop_after, disabled, execution_id, evaluating_since, worker_id, updated_at, fired_at, result,
    message
)
ON CONFLICT (namespace, flow_id, trigger_id) DO UPDATE
SET kind = excluded.kind,
    definition = excluded.definition,
    is_active = excluded.is_active,
    evaluated_at = excluded.evaluated_at,
    next_date = excluded.next_date,
    stop_after = excluded.stop_after,
    disabled = excluded.disabled,
    execution_id = excluded.execution_id,
    evaluating_since = excluded.evaluating_since,
    worker_id = excluded.worker_id,
    updated_at = excluded.updated_at,
    fired_at = excluded.fired_at,
    result = excluded.result,
    message = excluded.message;

-- name: delete_trigger
DELETE FROM triggers WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3
RETURNING trigger_id;

-- name: delete_triggers
DELETE FROM triggers WHERE namespace = $1 AND flow_id = $2 AND trigger_id = ANY ($3::text[]);

-- name: lock_flow
-- One change of a flow's triggers at a time, before any of their rows exists.
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0));

-- name: lock_trigger
SELECT * FROM triggers WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3
FOR NO KEY UPDATE;

-- name: lock_triggers_of_flow
SELECT * FROM triggers WHERE namespace = $1 AND flow_id = $2 ORDER BY trigger_id
FOR NO KEY UPDATE;

-- name: replace_flow_triggers
WITH gone AS (
    DELETE FROM flow_triggers
    WHERE namespace = $1 AND flow_id = $2 AND NOT trigger_id = ANY ($3::text[])
)
INSERT INTO flow_triggers (namespace, flow_id, trigger_id, revision)
SELECT $1, $2, id, $4 FROM unnest($3::text[]) AS id
ON CONFLICT (namespace, flow_id, trigger_id) DO UPDATE SET revision = excluded.revision;

-- name: flow_triggers
SELECT t.namespace, t.flow_id, t.trigger_id, f.revision
FROM flow_triggers t JOIN flows f ON f.namespace = t.namespace AND f.id = t.flow_id
WHERE NOT f.deleted AND NOT f.disabled
ORDER BY t.namespace, t.flow_id, t.trigger_id;

-- name: claim_due
-- One owner per trigger: rows that another scheduler holds are passed over.
SELECT t.*, f.revision AS flow_revision, f.deleted AS flow_deleted
FROM triggers t JOIN flows f ON f.namespace = t.namespace AND f.id = t.flow_id
WHERE t.is_active AND NOT t.disabled AND t.execution_id IS NULL AND t.next_date <= $1
    AND t.kind = ANY ($3::text[])
ORDER BY t.next_date
LIMIT $2
FOR NO KEY UPDATE OF t SKIP LOCKED;

-- name: claim_missed
-- Also those that wait for an execution to end: what they missed meanwhile is not theirs to run.
SELECT t.*, f.revision AS flow_revision, f.deleted AS flow_deleted
FROM triggers t JOIN flows f ON f.namespace = t.namespace AND f.id = t.flow_id
WHERE t.is_active AND NOT t.disabled AND t.kind = 'SCHEDULE' AND t.next_date < $1
    AND (t.next_date, t.namespace, t.flow_id, t.trigger_id) > ($2, $3::text, $4::text, $5::text)
ORDER BY t.next_date, t.namespace, t.flow_id, t.trigger_id
LIMIT $6
FOR NO KEY UPDATE OF t SKIP LOCKED;

-- name: look
-- All a round needs to know before it begins, in one answer.
SELECT
    (
        SELECT next_date FROM triggers
        WHERE is_active AND NOT disabled AND execution_id IS NULL AND next_date IS NOT NULL
            AND kind = ANY ($1::text[])
        ORDER BY next_date
        LIMIT 1
    ) AS next_date,
    EXISTS (SELECT 1 FROM transitions) AS has_transitions,
    EXISTS (SELECT 1 FROM flow_changes) AS has_changed_flows,
    EXISTS (
        SELECT 1 FROM backfills
        WHERE ended_at IS NULL AND NOT paused AND running < parallel AND started < total
    ) AS has_backfills;

-- name: add_fires
INSERT INTO fires (namespace, flow_id, trigger_id, date, backfill_id, execution_id, created_at)
SELECT namespace, flow_id, trigger_id, date, backfill_id, execution_id, $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
    AS n (namespace, flow_id, trigger_id, date, backfill_id, execution_id)
ON CONFLICT DO NOTHING
RETURNING execution_id;

-- name: fired_dates
-- How each date of a range went: SUCCESS when one of its executions did well, RUNNING when one is
-- not over, FAILED when none did well. Dates whose executions were deleted are not among them.
SELECT f.date, CASE
        WHEN bool_or(e.state IN ('SUCCESS', 'WARNING', 'SKIPPED')) THEN 'SUCCESS'
        WHEN bool_and(e.state IN ('FAILED', 'KILLED', 'CANCELLED', 'RETRIED')) THEN 'FAILED'
        ELSE 'RUNNING'
    END AS state
FROM fires f JOIN executions e ON e.id = f.execution_id
WHERE f.namespace = $1 AND f.flow_id = $2 AND f.trigger_id = $3 AND f.date BETWEEN $4 AND $5
GROUP BY f.date;

-- name: take_transitions
DELETE FROM transitions
WHERE id IN (SELECT id FROM transitions ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, execution_id, state, seen, reached;

-- name: release
-- The locks of executions that are over or gone, and the stops that their states mean.
WITH over AS (
    SELECT * FROM unnest($1::text[], $2::text[]) AS e (id, state)
), found AS (
    SELECT t.namespace, t.flow_id, t.trigger_id, true AS is_lock, NULL AS stop
    FROM over JOIN triggers t ON t.execution_id = over.id
    UNION ALL
    SELECT t.namespace, t.flow_id, t.trigger_id, false, over.state
    FROM over
    JOIN executions x ON x.id = over.id
    JOIN triggers t ON t.namespace = x.namespace AND t.flow_id = x.flow_id
        AND t.trigger_id = x.trigger_id
    WHERE over.state = ANY (t.stop_after)
), ended AS (
    SELECT namespace, flow_id, trigger_id, bool_or(is_lock) AS is_lock, max(stop) AS stop
    FROM found GROUP BY namespace, flow_id, trigger_id
), locked AS (
    -- in the order that a change of their flow takes them too
    SELECT t.namespace, t.flow_id, t.trigger_id, e.is_lock, e.stop
    FROM triggers t JOIN ended e USING (namespace, flow_id, trigger_id)
    ORDER BY t.namespace, t.flow_id, t.trigger_id
    FOR NO KEY UPDATE OF t
)
UPDATE triggers t
SET execution_id = CASE WHEN e.is_lock THEN NULL ELSE t.execution_id END,
    updated_at = $3,
    disabled = t.disabled OR e.stop IS NOT NULL,
    next_date = CASE WHEN e.stop IS NULL THEN t.next_date END,
    result = CASE WHEN e.stop IS NULL THEN t.result ELSE 'STOPPED' END,
    message = CASE WHEN e.stop IS NULL THEN t.message
        ELSE 'An execution ended in ' || e.stop || ', after which the trigger stops.' END
FROM locked e
WHERE t.namespace = e.namespace AND t.flow_id = e.flow_id AND t.trigger_id = e.trigger_id
RETURNING CASE WHEN e.is_lock THEN t.fired_at END AS fired_at;

-- name: note_ended
-- Executions that were over when they were created: nothing moves that could tell of them.
INSERT INTO transitions (execution_id, state, seen, reached)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[]);

-- name: release_lost
-- Locks whose execution is over or does not exist, whatever became of the news of it.
UPDATE triggers t SET execution_id = NULL, updated_at = $1
WHERE t.execution_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM executions e
    WHERE e.id = t.execution_id
        AND e.state NOT IN ('SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED', 'RETRIED')
)
AND NOT EXISTS (SELECT 1 FROM transitions n WHERE n.execution_id = t.execution_id)
RETURNING t.fired_at;

-- name: lock_window
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || $3, 1));

-- name: get_window
SELECT start_date, end_date, met FROM flow_windows
WHERE namespace = $1 AND flow_id = $2 AND group_id = $3;

-- name: save_window
INSERT INTO flow_windows (namespace, flow_id, group_id, start_date, end_date, met)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (namespace, flow_id, group_id) DO UPDATE
SET start_date = excluded.start_date, end_date = excluded.end_date, met = excluded.met;

-- name: delete_window
DELETE FROM flow_windows WHERE namespace = $1 AND flow_id = $2 AND group_id = $3;

-- name: delete_windows
DELETE FROM flow_windows
WHERE namespace = $1 AND flow_id = $2 AND NOT group_id = ANY ($3::text[]);

-- name: active_executions
SELECT count(*) FROM executions
WHERE state IN ('CREATED', 'RUNNING', 'PAUSED', 'QUEUED', 'RESTARTED', 'RETRYING', 'KILLING', 'BREAKPOINT')
    AND namespace = $1 AND flow_id = $2;

-- name: search_triggers
SELECT * FROM triggers WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_triggers
SELECT count(*) FROM (SELECT 1 FROM triggers WHERE {where} LIMIT {limit}) AS found;

-- name: changed_flows
SELECT namespace, flow_id FROM flow_changes LIMIT $1;

-- name: flow_seen
DELETE FROM flow_changes WHERE namespace = $1 AND flow_id = $2 AND revision <= $3;

-- name: latest_revision
SELECT revision, disabled, deleted FROM flows WHERE namespace = $1 AND id = $2;

-- name: cancel_backfills
UPDATE backfills SET cancelled = true, ended_at = $4
WHERE namespace = $1 AND flow_id = $2 AND trigger_id = ANY ($3::text[]) AND ended_at IS NULL;
