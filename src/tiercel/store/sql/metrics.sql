-- name: insert_metrics
INSERT INTO metrics (
    execution_id, "timestamp", task_run_id, namespace, flow_id, task_id, type, name, value, tags
)
SELECT * FROM unnest(
    $1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::double precision[], $10::json[]
);

-- name: search_metrics
SELECT execution_id, namespace, flow_id, task_id, task_run_id, type, name, value, "timestamp", tags
FROM metrics WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_metrics
SELECT count(*) FROM (SELECT 1 FROM metrics WHERE {where} LIMIT {limit}) AS found;

-- name: delete_metrics
DELETE FROM metrics WHERE execution_id = $1;

-- name: metric_names
SELECT DISTINCT name FROM metrics
WHERE namespace = $1 AND flow_id = $2 AND ($3::text IS NULL OR task_id = $3)
ORDER BY name;

-- name: metric_tasks
SELECT DISTINCT task_id FROM metrics WHERE namespace = $1 AND flow_id = $2 ORDER BY task_id;
