-- name: begin_step
BEGIN;

-- name: claim
-- One owner per execution: rows that another transaction holds are passed over. The news is that of the moment the
-- statement began; seen_version is the version then: where it is not that of the lock, the news must be read again.
WITH due AS (
    SELECT e.id, e.version, e.namespace, e.flow_id, e.flow_revision
    FROM inbox i
    JOIN executions e ON e.id = i.execution_id
    WHERE i.due_at <= $1{and_not_ignored}
    ORDER BY i.due_at, i.id
    LIMIT $2
    FOR NO KEY UPDATE OF e SKIP LOCKED
), named AS (
    SELECT e.id, e.version, e.namespace, e.flow_id, e.flow_revision
    FROM executions e
    WHERE e.id = ANY ($3::text[]){and_not_ignored}
    FOR NO KEY UPDATE OF e SKIP LOCKED
), placed AS (
    SELECT due.*, row_number() OVER () AS place FROM due
    UNION ALL
    SELECT named.*, 9223372036854775807 FROM named
), claimed AS (
    SELECT id, namespace, flow_id, flow_revision, max(version) AS version, min(place) AS place
    FROM placed
    GROUP BY id, namespace, flow_id, flow_revision
)
SELECT c.id, c.version, c.namespace, c.flow_id, c.flow_revision, s.version AS seen_version, i.id AS news_id, i.news
FROM claimed c
JOIN executions s ON s.id = c.id
LEFT JOIN inbox i ON i.execution_id = c.id AND i.due_at <= $1
ORDER BY c.place, c.id, i.id;

-- name: existing
SELECT id FROM executions WHERE id = ANY ($1::text[]);

-- name: due_news
-- Read after the claim, in a statement of its own: what another owner consumed a moment ago is not seen.
SELECT id, execution_id, news FROM inbox
WHERE execution_id = ANY ($1::text[]) AND due_at <= $2
ORDER BY id;

-- name: hold
-- Takes executions that are known already, at the versions that are known.
SELECT count(*) FROM (
    SELECT 1 FROM executions e
    JOIN unnest($1::text[], $2::bigint[]) AS k (id, version) ON e.id = k.id AND e.version = k.version
    FOR NO KEY UPDATE OF e SKIP LOCKED
) AS held;

-- name: write_step
-- Moves the versions of all executions, with what {parts} there are. All or nothing: an execution that is at another
-- version, or that another transaction holds, refuses the whole.
WITH owned AS MATERIALIZED (
    SELECT e.id FROM executions e
    JOIN unnest($1::text[], $2::bigint[]) AS k (id, version) ON e.id = k.id AND e.version = k.version
    FOR NO KEY UPDATE OF e SKIP LOCKED
){parts}
SELECT CASE WHEN count(*) = cardinality($1::text[]) THEN count(*) ELSE refuse_step() END FROM moved;

-- name: part_versions
moved AS (
    UPDATE executions e SET version = e.version + 1 FROM owned o WHERE e.id = o.id RETURNING 1
)

-- name: part_headers
-- A NULL document: only the version moves.
moved AS (
    UPDATE executions e
    SET version = e.version + 1,
        state = coalesce(s.state, e.state),
        end_date = CASE WHEN s.document IS NULL THEN e.end_date ELSE s.end_date END,
        last_date = coalesce(s.last_date, e.last_date),
        start_date = coalesce(s.start_date, e.start_date),
        labels = coalesce(s.labels, e.labels),
        document = coalesce(s.document, e.document)
    FROM unnest(
        $1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[], $7::json[]
    ) AS s (id, state, start_date, end_date, last_date, labels, document)
    JOIN owned o ON o.id = s.id
    WHERE e.id = s.id
    RETURNING 1
)

-- name: part_runs
runs AS (
    INSERT INTO task_runs AS t (execution_id, id, sequence, task_id, state, document)
    SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::json[])
    ON CONFLICT (execution_id, id) DO UPDATE
    SET sequence = excluded.sequence, state = excluded.state, document = excluded.document
)

-- name: part_consumed
consumed AS (
    DELETE FROM inbox i
    USING unnest($1::text[], $2::bigint[]) AS c (execution_id, id)
    WHERE i.execution_id = c.execution_id AND i.id = c.id
)

-- name: part_ended
-- Nothing that waits for an execution outlives it.
dropped AS (
    DELETE FROM inbox WHERE execution_id = ANY ($1::text[])
), closed AS (
    DELETE FROM jobs WHERE execution_id = ANY ($1::text[])
)

-- name: part_timers
timers AS (
    INSERT INTO inbox (execution_id, due_at, news)
    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::json[])
)

-- name: part_withdrawn
gone AS (
    DELETE FROM jobs j
    USING unnest($1::text[], $2::text[]) AS g (execution_id, attempt_id)
    WHERE j.execution_id = g.execution_id AND j.attempt_id = g.attempt_id
)

-- name: part_started
marked AS (
    UPDATE jobs j SET started_at = $3
    FROM unnest($1::text[], $2::text[]) AS m (execution_id, attempt_id)
    WHERE j.execution_id = m.execution_id AND j.attempt_id = m.attempt_id
)

-- name: part_jobs
-- A job that is given out again (same attempt) counts as not started.
given AS (
    INSERT INTO jobs AS j (execution_id, attempt_id, job, holder, created_at)
    SELECT n.execution_id, n.attempt_id, n.job, n.holder, $5
    FROM unnest($1::text[], $2::text[], $3::json[], $4::text[]) AS n (execution_id, attempt_id, job, holder)
    ON CONFLICT (execution_id, attempt_id) DO UPDATE
    SET job = excluded.job, holder = excluded.holder, created_at = excluded.created_at, started_at = NULL
)

-- name: part_logs
logged AS (
    INSERT INTO logs (
        execution_id, "timestamp", sequence, task_run_id, namespace, flow_id, task_id,
        attempt_number, trigger_id, level, thread, message
    )
    SELECT * FROM unnest(
        $1::text[], $2::timestamptz[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::integer[], $9::text[], $10::text[], $11::text[], $12::text[]
    )
)

-- name: remove_task_runs
DELETE FROM task_runs t
USING unnest($1::text[], $2::text[]) AS r (execution_id, id)
WHERE t.execution_id = r.execution_id AND t.id = r.id;
