-- name: lock_executions
-- In order of ids, so that two requests at once can't wait for each other.
SELECT id, document FROM executions WHERE id = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE;

-- name: post_news
INSERT INTO inbox (execution_id, due_at, news)
SELECT n.execution_id, n.due_at, n.news
FROM unnest($1::text[], $2::timestamptz[], $3::json[]) WITH ORDINALITY
    AS n (execution_id, due_at, news, place)
ORDER BY n.place
RETURNING execution_id, id;

-- name: unread
SELECT EXISTS (
    SELECT 1 FROM inbox i
    JOIN unnest($1::text[], $2::bigint[]) AS p (execution_id, id)
        ON i.execution_id = p.execution_id AND i.id = p.id
);

-- name: descendants
-- Executions below others that are not over, at any depth, by what their triggers say of their parents.
WITH RECURSIVE below AS (
    SELECT e.id, e.state FROM executions e
    WHERE e.trigger_execution_id = ANY ($1::text[])
    UNION
    SELECT e.id, e.state FROM executions e JOIN below b ON e.trigger_execution_id = b.id
)
SELECT id FROM below
WHERE state NOT IN ('SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED', 'RETRIED', 'KILLING');

-- name: holders
-- Who holds the slots of a flow, longest first.
SELECT id FROM executions
WHERE namespace = $1 AND flow_id = $2
    AND (lingers OR state IN ('RUNNING', 'PAUSED', 'RETRYING', 'KILLING', 'BREAKPOINT'))
ORDER BY start_date, id
LIMIT $3;
