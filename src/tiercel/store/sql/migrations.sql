-- name: applied_migrations
SELECT version, name, checksum FROM tiercel.migrations ORDER BY version;

-- name: migrations_exist
SELECT to_regclass('tiercel.migrations') IS NOT NULL;

-- name: lock_migrations
SELECT pg_advisory_lock($1);

-- name: unlock_migrations
SELECT pg_advisory_unlock($1);

-- name: create_migrations
CREATE SCHEMA IF NOT EXISTS tiercel;
CREATE TABLE IF NOT EXISTS tiercel.migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: record_migration
INSERT INTO tiercel.migrations (version, name, checksum) VALUES ($1, $2, $3);
