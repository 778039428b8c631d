-- name: due_news
-- Counting stops where it makes no difference any more.
SELECT count(*) AS count, min(due_at) AS oldest
FROM (SELECT due_at FROM inbox WHERE due_at <= $1 ORDER BY due_at, id LIMIT 10000) AS due;

-- name: waiting_jobs
SELECT coalesce(job ->> 'worker_group', 'default') AS worker_group, count(*) AS count,
    min(created_at) AS oldest
FROM (
    SELECT job, created_at FROM jobs WHERE started_at IS NULL AND holder IS NULL
    ORDER BY created_at LIMIT 10000
) AS waiting
GROUP BY 1
ORDER BY 1;

-- name: server_facts
SELECT current_setting('server_version') AS version, current_database() AS name,
    pg_database_size(current_database()) AS size_bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    current_setting('max_connections')::integer AS most_connections;
