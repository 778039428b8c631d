-- name: get_trigger
SELECT * FROM triggers WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3;

-- name: save_trigger
INSERT INTO triggers (
    namespace, flow_id, trigger_id, evaluated_at, next_date, backfill, stop_after, disabled,
    execution_id, evaluating_since, worker_id, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (namespace, flow_id, trigger_id) DO UPDATE
SET evaluated_at = excluded.evaluated_at,
    next_date = excluded.next_date,
    backfill = excluded.backfill,
    stop_after = excluded.stop_after,
    disabled = excluded.disabled,
    execution_id = excluded.execution_id,
    evaluating_since = excluded.evaluating_since,
    worker_id = excluded.worker_id,
    updated_at = excluded.updated_at;

-- name: delete_trigger
DELETE FROM triggers WHERE namespace = $1 AND flow_id = $2 AND trigger_id = $3
RETURNING trigger_id;

-- name: due_triggers
-- Those without a date first: the scheduler has to compute one.
(SELECT * FROM triggers WHERE NOT disabled AND next_date IS NULL LIMIT $2)
UNION ALL
(SELECT * FROM triggers WHERE NOT disabled AND next_date <= $1 ORDER BY next_date LIMIT $2)
LIMIT $2;

-- name: search_triggers
SELECT * FROM triggers WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_triggers
SELECT count(*) FROM (SELECT 1 FROM triggers WHERE {where} LIMIT {limit}) AS found;
