-- name: begin_step
-- The tables of the hot path go from empty to large and back; a plan made while one was empty must not stay.
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;

-- name: claim
-- One owner per execution: rows that another transaction holds are passed over.
WITH due AS (
    SELECT e.id, e.version, e.namespace, e.flow_id, e.flow_revision
    FROM inbox i
    JOIN executions e ON e.id = i.execution_id
    WHERE i.due_at <= $1
    ORDER BY i.due_at, i.id
    LIMIT $2
    FOR NO KEY UPDATE OF e SKIP LOCKED
), named AS (
    SELECT e.id, e.version, e.namespace, e.flow_id, e.flow_revision
    FROM executions e
    WHERE e.id = ANY ($3::text[])
    FOR NO KEY UPDATE OF e SKIP LOCKED
)
SELECT * FROM due
UNION ALL
SELECT * FROM named;

-- name: existing
SELECT id FROM executions WHERE id = ANY ($1::text[]);

-- name: due_news
-- Read after the claim, in a statement of its own: what another owner consumed a moment ago is not seen.
SELECT id, execution_id, news FROM inbox
WHERE execution_id = ANY ($1::text[]) AND due_at <= $2
ORDER BY id;

-- name: write_state
-- Headers (NULL document: only the version moves), task runs, consumed news and new timers of all steps.
-- Nothing that waits for an execution outlives it: $20 names those that ended.
WITH runs AS (
    INSERT INTO task_runs AS t (execution_id, id, sequence, task_id, state, document)
    SELECT * FROM unnest(
        $9::text[], $10::text[], $11::integer[], $12::text[], $13::text[], $14::json[]
    )
    ON CONFLICT (execution_id, id) DO UPDATE
    SET sequence = excluded.sequence, state = excluded.state, document = excluded.document
), consumed AS (
    DELETE FROM inbox i
    USING unnest($15::text[], $16::bigint[]) AS c (execution_id, id)
    WHERE i.execution_id = c.execution_id AND i.id = c.id
), dropped AS (
    DELETE FROM inbox WHERE execution_id = ANY ($20::text[])
), closed AS (
    DELETE FROM jobs WHERE execution_id = ANY ($20::text[])
), timers AS (
    INSERT INTO inbox (execution_id, due_at, news)
    SELECT * FROM unnest($17::text[], $18::timestamptz[], $19::json[])
), moved AS (
    UPDATE executions e
    SET version = e.version + 1,
        state = coalesce(s.state, e.state),
        end_date = CASE WHEN s.document IS NULL THEN e.end_date ELSE s.end_date END,
        last_date = coalesce(s.last_date, e.last_date),
        start_date = coalesce(s.start_date, e.start_date),
        labels = coalesce(s.labels, e.labels),
        document = coalesce(s.document, e.document)
    FROM unnest(
        $1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[],
        $6::timestamptz[], $7::jsonb[], $8::json[]
    ) AS s (id, version, state, start_date, end_date, last_date, labels, document)
    WHERE e.id = s.id AND e.version = s.version
    RETURNING 1
)
SELECT count(*) FROM moved;

-- name: write_jobs
-- The outbox. A job that is given out again (same attempt) counts as not started.
WITH gone AS (
    DELETE FROM jobs j
    USING unnest($7::text[], $8::text[]) AS g (execution_id, attempt_id)
    WHERE j.execution_id = g.execution_id AND j.attempt_id = g.attempt_id
), marked AS (
    UPDATE jobs j SET started_at = $4
    FROM unnest($5::text[], $6::text[]) AS m (execution_id, attempt_id)
    WHERE j.execution_id = m.execution_id AND j.attempt_id = m.attempt_id
)
INSERT INTO jobs AS j (execution_id, attempt_id, job, created_at)
SELECT n.execution_id, n.attempt_id, n.job, $4
FROM unnest($1::text[], $2::text[], $3::json[]) AS n (execution_id, attempt_id, job)
ON CONFLICT (execution_id, attempt_id) DO UPDATE
SET job = excluded.job, created_at = excluded.created_at, started_at = NULL;

-- name: remove_task_runs
DELETE FROM task_runs t
USING unnest($1::text[], $2::text[]) AS r (execution_id, id)
WHERE t.execution_id = r.execution_id AND t.id = r.id;
