-- name: unstarted_jobs
SELECT job FROM jobs WHERE started_at IS NULL AND holder IS NULL AND created_at <= $1 ORDER BY created_at LIMIT $2;

-- name: open_jobs
SELECT job FROM jobs WHERE holder IS NULL ORDER BY created_at LIMIT $1;

-- name: job_counts
SELECT count(*) FILTER (WHERE started_at IS NOT NULL OR holder IS NOT NULL) AS running,
    count(*) FILTER (WHERE started_at IS NULL AND holder IS NULL) AS pending
FROM jobs;

-- name: running_jobs
-- What a process holds counts as running: it is in the hands of its worker.
SELECT coalesce(started_at, created_at) AS since, job FROM jobs
WHERE started_at IS NOT NULL OR holder IS NOT NULL
ORDER BY created_at
LIMIT $1;

-- name: holders
SELECT DISTINCT holder FROM jobs WHERE holder IS NOT NULL;

-- name: take_from
UPDATE jobs SET holder = NULL, started_at = NULL WHERE holder = $1 RETURNING job;
