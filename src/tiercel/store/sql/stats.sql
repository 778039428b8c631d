-- name: execution_buckets
-- Counts and durations by bucket and state. Buckets are counted from $1, each $3 seconds long.
SELECT floor(extract(epoch FROM start_date - $1::timestamptz) / $3)::integer AS bucket, state,
    count(*) AS count,
    min(extract(epoch FROM last_date - start_date)) AS shortest,
    max(extract(epoch FROM last_date - start_date)) AS longest,
    sum(extract(epoch FROM last_date - start_date)) AS total
FROM executions
WHERE start_date >= $1 AND start_date < $2 AND {where}
GROUP BY bucket, state;

-- name: execution_buckets_by_flow
SELECT namespace, flow_id,
    floor(extract(epoch FROM start_date - $1::timestamptz) / $3)::integer AS bucket, state,
    count(*) AS count,
    min(extract(epoch FROM last_date - start_date)) AS shortest,
    max(extract(epoch FROM last_date - start_date)) AS longest,
    sum(extract(epoch FROM last_date - start_date)) AS total
FROM executions
WHERE start_date >= $1 AND start_date < $2 AND {where}
GROUP BY namespace, flow_id, bucket, state;

-- name: slowest_flows
-- What goes on has no duration yet.
SELECT namespace, flow_id, count(*) AS count,
    min(extract(epoch FROM last_date - start_date)) AS shortest,
    max(extract(epoch FROM last_date - start_date)) AS longest,
    sum(extract(epoch FROM last_date - start_date)) AS total
FROM executions
WHERE start_date >= $1 AND start_date < $2 AND state = ANY ($3::text[]) AND {where}
GROUP BY namespace, flow_id
ORDER BY avg(last_date - start_date) DESC, namespace, flow_id
LIMIT $4;

-- name: execution_states_by_namespace
SELECT namespace, state, count(*) AS count
FROM executions
WHERE start_date >= $1 AND start_date < $2 AND {where}
GROUP BY namespace, state;

-- name: execution_states
SELECT state, count(*) AS count FROM executions WHERE state = ANY ($1::text[]) GROUP BY state;

-- name: latest_executions
-- One look into the index of flows for each wanted flow.
SELECT found.id
FROM unnest($1::text[], $2::text[]) AS wanted (namespace, flow_id)
CROSS JOIN LATERAL (
    SELECT id FROM executions
    WHERE executions.namespace = wanted.namespace AND executions.flow_id = wanted.flow_id
    ORDER BY start_date DESC, id DESC LIMIT 1
) AS found;

-- name: average_duration
SELECT avg(extract(epoch FROM last_date - start_date))::float8 AS seconds, count(*) AS count
FROM (
    SELECT last_date, start_date FROM executions
    WHERE namespace = $1 AND flow_id = $2 AND state = 'SUCCESS'
    ORDER BY start_date DESC LIMIT 100
) AS recent;

-- name: log_buckets
SELECT floor(extract(epoch FROM "timestamp" - $1::timestamptz) / $3)::integer AS bucket, level,
    count(*) AS count
FROM logs
WHERE "timestamp" >= $1 AND "timestamp" < $2 AND {where}
GROUP BY bucket, level;

-- name: metric_buckets
SELECT floor(extract(epoch FROM "timestamp" - $1::timestamptz) / $3)::integer AS bucket,
    sum(value) AS sum, avg(value) AS avg, min(value) AS min, max(value) AS max
FROM metrics
WHERE "timestamp" >= $1 AND "timestamp" < $2
    AND namespace = $4 AND flow_id = $5 AND name = $6 AND ($7::text IS NULL OR task_id = $7)
GROUP BY bucket;

-- name: count_all
SELECT
    (SELECT count(*) FROM flows
        WHERE NOT deleted AND ($1::text IS NULL OR namespace = $1 OR namespace LIKE $2)) AS flows,
    (SELECT count(*) FROM triggers
        WHERE $1::text IS NULL OR namespace = $1 OR namespace LIKE $2) AS triggers;

-- name: distinct_values
SELECT DISTINCT {column} AS value FROM (
    SELECT {column} FROM executions WHERE {where} ORDER BY start_date DESC LIMIT 10000
) AS recent
ORDER BY value;

-- name: slots_of_flows
-- What count_slots counts when a slot is given away.
WITH wanted AS (SELECT * FROM unnest($1::text[], $2::text[]) AS flow (namespace, flow_id)),
held AS (
    SELECT namespace, flow_id FROM executions JOIN wanted USING (namespace, flow_id)
    WHERE state IN ('RUNNING', 'PAUSED', 'RETRYING', 'KILLING', 'BREAKPOINT')
    UNION ALL
    SELECT namespace, flow_id FROM executions JOIN wanted USING (namespace, flow_id) WHERE lingers
)
SELECT namespace, flow_id, count(*) AS count FROM held GROUP BY namespace, flow_id;
