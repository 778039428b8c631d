-- name: add_news
-- The share lock lets no deletion slip in between; it does not wait for steps. Unknown executions get nothing.
INSERT INTO inbox (execution_id, due_at, news)
SELECT n.execution_id, n.due_at, n.news
FROM unnest($1::text[], $2::timestamptz[], $3::json[]) WITH ORDINALITY
    AS n (execution_id, due_at, news, place)
JOIN executions e ON e.id = n.execution_id
ORDER BY n.place
FOR KEY SHARE OF e
RETURNING execution_id;

-- name: next_due
SELECT due_at FROM inbox ORDER BY due_at, id LIMIT 1;

-- name: next_due_but
-- As next_due, without what is ignored.
SELECT i.due_at FROM inbox i
JOIN executions e ON e.id = i.execution_id
WHERE NOT ({ignored})
ORDER BY i.due_at, i.id
LIMIT 1;

-- name: ignored
e.id = ANY ($1::text[]) OR e.namespace = ANY ($2::text[]) OR (e.namespace, e.flow_id) IN (
    SELECT * FROM unnest($3::text[], $4::text[])
);
