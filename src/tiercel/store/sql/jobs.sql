-- name: unstarted_jobs
SELECT job FROM jobs WHERE started_at IS NULL AND created_at <= $1 ORDER BY created_at LIMIT $2;

-- name: open_jobs
SELECT job FROM jobs ORDER BY created_at LIMIT $1;
