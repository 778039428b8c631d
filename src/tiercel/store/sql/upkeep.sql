-- name: count_by_flow
-- Executions that began in a time, by namespace and flow; $1 and $2 name flows, $3 namespaces.
SELECT namespace, flow_id, count(*) AS count FROM executions
WHERE start_date >= $5 AND start_date <= $6
    AND ($4::text[] IS NULL OR state = ANY ($4::text[]))
    AND (
        (namespace, flow_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        OR namespace = ANY ($3::text[])
    )
GROUP BY namespace, flow_id;

-- name: over_in
-- Executions that ended in a time; without a flow those of the namespaces below it too.
SELECT id, namespace, flow_id FROM executions
WHERE end_date <= $5
    AND ($4::timestamptz IS NULL OR start_date >= $4)
    AND ($1::text IS NULL OR namespace = $1 OR ($2::text IS NULL AND namespace LIKE $7))
    AND ($2::text IS NULL OR flow_id = $2)
    AND state = ANY ($3::text[])
ORDER BY end_date, id
LIMIT $6;

-- name: count_records
SELECT (SELECT count(*) FROM logs WHERE execution_id = ANY ($1::text[])) AS logs,
    (SELECT count(*) FROM metrics WHERE execution_id = ANY ($1::text[])) AS metrics;

-- name: purge_logs
DELETE FROM logs
WHERE "timestamp" <= $6
    AND ($5::timestamptz IS NULL OR "timestamp" >= $5)
    AND ($1::text IS NULL OR namespace = $1 OR ($2::text IS NULL AND namespace LIKE $7))
    AND ($2::text IS NULL OR flow_id = $2)
    AND ($3::text IS NULL OR execution_id = $3)
    AND ($4::text[] IS NULL OR level = ANY ($4::text[]));
