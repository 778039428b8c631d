-- name: insert_logs
INSERT INTO logs (
    execution_id, "timestamp", sequence, task_run_id, namespace, flow_id, task_id,
    attempt_number, trigger_id, level, thread, message
)
SELECT * FROM unnest(
    $1::text[], $2::timestamptz[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::integer[], $9::text[], $10::text[], $11::text[], $12::text[]
);

-- name: list_logs
SELECT execution_id, namespace, flow_id, "timestamp", level, message, sequence, task_id,
    task_run_id, attempt_number, trigger_id, thread
FROM logs
WHERE execution_id = $1
    AND level = ANY ($2::text[])
    AND ($3::text IS NULL OR task_run_id = $3)
    AND ($4::text IS NULL OR task_id = $4)
    AND ($5::integer IS NULL OR attempt_number = $5)
    AND ($6::text IS NULL OR position(lower($6) IN lower(message)) > 0)
    AND ("timestamp", sequence, task_run_id)
        > (coalesce($7::timestamptz, '-infinity'), coalesce($8::integer, 0), coalesce($9::text, ''))
ORDER BY "timestamp", sequence, task_run_id
LIMIT $10;

-- name: pages_of_logs
SELECT number, "timestamp", sequence, task_run_id, warnings, errors
FROM (
    SELECT "timestamp", sequence, task_run_id,
        row_number() OVER in_order AS number, lead(sequence) OVER in_order IS NULL AS is_last,
        count(*) FILTER (WHERE level = 'WARN') OVER in_order AS warnings,
        count(*) FILTER (WHERE level = 'ERROR') OVER in_order AS errors
    FROM logs
    WHERE execution_id = $1
        AND level = ANY ($2::text[])
        AND ($3::text IS NULL OR task_run_id = $3)
        AND ($4::text IS NULL OR task_id = $4)
        AND ($5::integer IS NULL OR attempt_number = $5)
        AND ($6::text IS NULL OR position(lower($6) IN lower(message)) > 0)
    WINDOW in_order AS (
        ORDER BY "timestamp", sequence, task_run_id ROWS UNBOUNDED PRECEDING
    )
) AS numbered
WHERE number % $7::bigint = 0 OR is_last
ORDER BY number;

-- name: task_runs_of_logs
SELECT task_run_id, min(task_id) AS task_id, count(*) AS total,
    count(*) FILTER (WHERE level = 'WARN') AS warnings,
    count(*) FILTER (WHERE level = 'ERROR') AS errors
FROM logs
WHERE execution_id = $1
    AND level = ANY ($2::text[])
    AND ($3::text IS NULL OR task_run_id = $3)
    AND ($4::text IS NULL OR task_id = $4)
    AND ($5::integer IS NULL OR attempt_number = $5)
    AND ($6::text IS NULL OR position(lower($6) IN lower(message)) > 0)
GROUP BY task_run_id
ORDER BY min("timestamp"), task_run_id;

-- name: delete_logs
DELETE FROM logs
WHERE execution_id = $1
    AND level = ANY ($2::text[])
    AND ($3::text IS NULL OR task_run_id = $3)
    AND ($4::text IS NULL OR task_id = $4)
    AND ($5::integer IS NULL OR attempt_number = $5)
    AND ($6::text IS NULL OR position(lower($6) IN lower(message)) > 0);

-- name: delete_flow_logs
DELETE FROM logs
WHERE namespace = $1 AND flow_id = $2 AND ($3::text IS NULL OR trigger_id = $3);

-- name: search_logs
SELECT execution_id, namespace, flow_id, "timestamp", level, message, sequence, task_id,
    task_run_id, attempt_number, trigger_id, thread
FROM logs WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_logs
SELECT count(*) FROM (SELECT 1 FROM logs WHERE {where} LIMIT {limit}) AS found;
