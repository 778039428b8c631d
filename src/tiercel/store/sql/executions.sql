-- name: create_executions
-- Executions with their first news, and task runs when there are some (replays). Ids that are taken already are
-- left as they are, so that a repeat does nothing.
WITH made AS (
    INSERT INTO executions (
        id, namespace, flow_id, flow_revision, state, start_date, end_date, last_date, kind,
        parent_id, trigger_id, trigger_execution_id, labels, document
    )
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::timestamptz[],
        $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[],
        $13::jsonb[], $14::json[]
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING id
), posted AS (
    INSERT INTO inbox (execution_id, due_at, news)
    SELECT first.execution_id, first.due_at, first.news
    FROM unnest($1::text[], $15::timestamptz[], $16::json[]) AS first (execution_id, due_at, news)
    JOIN made ON made.id = first.execution_id
), runs AS (
    INSERT INTO task_runs (execution_id, id, sequence, task_id, state, document)
    SELECT run.*
    FROM unnest($17::text[], $18::text[], $19::integer[], $20::text[], $21::text[], $22::json[])
        AS run (execution_id, id, sequence, task_id, state, document)
    JOIN made ON made.id = run.execution_id
)
SELECT id FROM made;

-- name: get_execution
SELECT document FROM executions WHERE id = $1;

-- name: get_executions
SELECT document FROM executions WHERE id = ANY ($1::text[]);

-- name: load_executions
-- Each execution's header first, then its task runs in order of creation.
SELECT id AS execution_id, -1 AS sequence, document FROM executions WHERE id = ANY ($1::text[])
UNION ALL
SELECT execution_id, sequence, document FROM task_runs WHERE execution_id = ANY ($1::text[])
ORDER BY sequence;

-- name: read_execution
-- As of one moment: the header with its version first, then task runs in order of creation.
SELECT -1 AS sequence, version, document FROM executions WHERE id = $1
UNION ALL
SELECT sequence, NULL::bigint, document FROM task_runs WHERE execution_id = $1
ORDER BY sequence;

-- name: read_some_of_execution
-- The same with some task runs only.
SELECT -1 AS sequence, version, document FROM executions WHERE id = $1
UNION ALL
SELECT sequence, NULL::bigint, document FROM task_runs WHERE execution_id = $1 AND id = ANY ($2::text[])
ORDER BY sequence;

-- name: task_runs_of
SELECT execution_id, document FROM task_runs WHERE execution_id = ANY ($1::text[])
ORDER BY sequence;

-- name: search_executions
SELECT document FROM executions WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: search_execution_ids
SELECT id FROM executions WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_executions
SELECT count(*) FROM (SELECT 1 FROM executions WHERE {where} LIMIT {limit}) AS found;

-- name: delete_execution
-- The row goes first: it waits for a step that holds it, and shuts out news that is being added.
DELETE FROM executions WHERE id = $1 RETURNING id;

-- name: delete_execution_rest
-- Parameters: id, whether the log goes too, whether the metrics do.
WITH runs AS (DELETE FROM task_runs WHERE execution_id = $1),
    news AS (DELETE FROM inbox WHERE execution_id = $1),
    open_jobs AS (DELETE FROM jobs WHERE execution_id = $1),
    entries AS (DELETE FROM logs WHERE execution_id = $1 AND $2::boolean)
DELETE FROM metrics WHERE execution_id = $1 AND $3::boolean;
