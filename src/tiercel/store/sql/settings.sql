-- name: read_setting
SELECT value FROM settings WHERE name = $1;

-- name: write_setting
INSERT INTO settings (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: add_setting
-- The first writer wins, all others read what it wrote: they wait for it, and change nothing.
INSERT INTO settings (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = settings.value
RETURNING value;

-- name: delete_setting
DELETE FROM settings WHERE name = $1;

-- name: add_token
INSERT INTO api_tokens (hash, name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name;

-- name: find_token
SELECT name FROM api_tokens WHERE hash = $1;

-- name: list_tokens
SELECT name, created_at FROM api_tokens ORDER BY name;

-- name: delete_token
DELETE FROM api_tokens WHERE name = $1 RETURNING name;
