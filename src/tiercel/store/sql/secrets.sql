-- name: set_secret
INSERT INTO secrets (namespace, name, key, value, description, tags)
VALUES ($1, upper($2), $2, $3, $4, $5)
ON CONFLICT (namespace, name) DO UPDATE SET
    key = excluded.key,
    value = excluded.value,
    description = excluded.description,
    tags = excluded.tags,
    updated_at = clock_timestamp();

-- name: describe_secret
UPDATE secrets SET description = $3, tags = $4, updated_at = clock_timestamp()
WHERE namespace = $1 AND name = upper($2)
RETURNING 1;

-- name: delete_secret
DELETE FROM secrets WHERE namespace = $1 AND name = upper($2) RETURNING 1;

-- name: all_secrets
SELECT namespace, key, value, description, tags, created_at, updated_at FROM secrets
ORDER BY namespace, name;

-- name: secrets_state
-- Differs whenever anything was set, described or deleted.
SELECT count(*) AS count, max(updated_at) AS changed_at FROM secrets;

-- name: encrypt_secret_anew
UPDATE secrets SET value = $4, updated_at = clock_timestamp()
WHERE namespace = $1 AND name = upper($2) AND value = $3;
