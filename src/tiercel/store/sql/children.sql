-- name: lock_flow
-- Whoever counts slots or gives one away holds this lock until the step is committed.
SELECT revision, deleted FROM flows WHERE namespace = $1 AND id = $2 FOR NO KEY UPDATE;

-- name: count_slots
SELECT (
    SELECT count(*) FROM executions
    WHERE namespace = $1 AND flow_id = $2
        AND state IN ('RUNNING', 'PAUSED', 'RETRYING', 'KILLING', 'BREAKPOINT')
) + (
    SELECT count(*) FROM executions WHERE namespace = $1 AND flow_id = $2 AND lingers
) AS count;

-- name: linger
UPDATE executions e SET lingers = l.lingers
FROM unnest($1::text[], $2::boolean[]) AS l (id, lingers)
WHERE e.id = l.id;

-- name: claim_queued
-- The oldest ones; those that another transaction holds are passed over.
SELECT id, version, namespace, flow_id, flow_revision FROM executions
WHERE namespace = $1 AND flow_id = $2 AND state = 'QUEUED' AND id <> ALL ($3::text[])
ORDER BY start_date, id
LIMIT $4
FOR NO KEY UPDATE SKIP LOCKED;

-- name: has_queued
SELECT EXISTS (
    SELECT 1 FROM executions
    WHERE namespace = $1 AND flow_id = $2 AND state = 'QUEUED' AND id <> ALL ($3::text[])
) AS found;

-- name: queues
-- Flows with queued executions.
SELECT DISTINCT namespace, flow_id FROM executions WHERE state = 'QUEUED';

-- name: link_children
INSERT INTO children (execution_id, parent_id, task_run_id, attempt_id, batch, outputs)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::json[]
)
ON CONFLICT (execution_id, attempt_id) DO NOTHING;

-- name: open_links
-- Who waits for executions.
SELECT execution_id, parent_id, task_run_id, attempt_id, batch, outputs FROM children
WHERE execution_id = ANY ($1::text[]) AND NOT ended;

-- name: links_from
-- What a task run started, that of its latest attempt last.
SELECT c.execution_id, c.parent_id, c.task_run_id, c.attempt_id, c.batch, c.outputs
FROM children c JOIN executions e ON e.id = c.execution_id
WHERE c.parent_id = $1 AND c.task_run_id = $2
ORDER BY e.start_date, e.id;

-- name: end_links
UPDATE children SET ended = true WHERE execution_id = ANY ($1::text[]) AND NOT ended;

-- name: forget_links
DELETE FROM children WHERE execution_id = $1 OR parent_id = $1;

-- name: lock_execution
-- Waits for a step of the execution that is under way: its end is either seen here or told later.
SELECT document FROM executions WHERE id = $1 FOR NO KEY UPDATE;
