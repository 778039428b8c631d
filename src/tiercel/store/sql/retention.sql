-- name: retention_lock
-- One process at a time; it holds this for one batch, so that a crash gives it back.
SELECT pg_try_advisory_xact_lock($1);

-- name: next_flow
-- The next flow that has executions: one step in the index, however many executions there are.
SELECT namespace, flow_id FROM executions
WHERE (namespace, flow_id) > ($1, $2)
ORDER BY namespace, flow_id
LIMIT 1;

-- name: old_executions
-- Locks those that may go: they ended before the date. Others are passed over, and so is what a step
-- or a request holds.
WITH old AS MATERIALIZED (
    SELECT id, start_date, end_date, state, lingers FROM executions
    WHERE namespace = $1 AND flow_id = $2 AND (start_date, id) > ($3, $4) AND start_date < $5
    ORDER BY start_date, id
    LIMIT $6
), locked AS (
    SELECT id FROM executions
    WHERE id IN (
        SELECT id FROM old
        WHERE end_date < $5 AND NOT lingers
            AND state IN ('SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED', 'RETRIED', 'SKIPPED')
    )
    FOR UPDATE SKIP LOCKED
)
SELECT old.id, old.start_date, locked.id IS NOT NULL AS may_go
FROM old LEFT JOIN locked USING (id)
ORDER BY old.start_date, old.id;

-- name: delete_ended
-- With everything but logs and metrics, which go with their days. What has unread news is about to go on.
WITH gone AS (
    DELETE FROM executions e
    WHERE e.id = ANY ($1::text[])
        AND NOT EXISTS (SELECT FROM inbox i WHERE i.execution_id = e.id)
    RETURNING e.id
), runs AS (DELETE FROM task_runs WHERE execution_id IN (SELECT id FROM gone)),
    open_jobs AS (DELETE FROM jobs WHERE execution_id IN (SELECT id FROM gone)),
    started AS (DELETE FROM children WHERE execution_id IN (SELECT id FROM gone)),
    starting AS (DELETE FROM children WHERE parent_id IN (SELECT id FROM gone)),
    folders AS (
        INSERT INTO stale_folders (uri)
        SELECT folder.uri FROM unnest($1::text[], $2::text[]) AS folder (id, uri)
        WHERE folder.id IN (SELECT id FROM gone)
        ON CONFLICT DO NOTHING
    )
SELECT id FROM gone;

-- name: stale_folders
SELECT uri FROM stale_folders ORDER BY uri LIMIT $1;

-- name: folders_deleted
DELETE FROM stale_folders WHERE uri = ANY ($1::text[]);

-- name: delete_fires
DELETE FROM fires
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM fires WHERE namespace = $1 AND flow_id = $2 AND created_at < $3 LIMIT $4
));

-- name: delete_backfills
DELETE FROM backfills
WHERE ended_at < $3 AND id IN (
    SELECT id FROM backfills WHERE namespace = $1 AND flow_id = $2 AND ended_at < $3 LIMIT $4
);

-- name: next_fired_flow
SELECT namespace, flow_id FROM fires
WHERE (namespace, flow_id) > ($1, $2)
ORDER BY namespace, flow_id
LIMIT 1;

-- name: still_there
-- Executions that began before a date and were kept.
SELECT id FROM executions WHERE start_date < $1 ORDER BY start_date, id LIMIT $2;

-- name: delete_orphans
-- Rows of executions that are gone; of what belongs to none, all but those of some namespaces, or none
-- at all when one of these is empty.
DELETE FROM {partition}
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM {partition} p
    WHERE p."timestamp" < $1
        AND NOT EXISTS (SELECT FROM executions e WHERE e.id = p.execution_id)
        AND (
            p.execution_id <> ''
            OR NOT EXISTS (
                SELECT FROM unnest($2::text[]) AS kept (namespace)
                WHERE kept.namespace IN ('', p.namespace)
                    OR starts_with(p.namespace, kept.namespace || '.')
            )
        )
    LIMIT $3
));
