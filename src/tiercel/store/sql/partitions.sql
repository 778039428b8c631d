-- name: partition_lock
SELECT pg_advisory_xact_lock($1);

-- name: partition_exists
SELECT to_regclass($1) IS NOT NULL;

-- name: partition_create
-- Made apart and then attached: creating it in place would lock the whole table against readers.
CREATE TABLE {partition} (LIKE {table} INCLUDING ALL);
ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ('{first}') TO ('{last}');

-- name: partition_default_holds
SELECT EXISTS (SELECT FROM {table}_default WHERE "timestamp" >= $1 AND "timestamp" < $2);

-- name: partition_list
SELECT child.relname
FROM pg_inherits
JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = $1::text::regclass
ORDER BY child.relname;

-- name: partition_detach
ALTER TABLE {table} DETACH PARTITION {partition};

-- name: partition_keep
INSERT INTO {table} SELECT * FROM {partition} WHERE execution_id = ANY ($1::text[]);

-- name: partition_drop
DROP TABLE IF EXISTS {partition};

-- name: partition_is_empty
SELECT NOT EXISTS (SELECT FROM {partition});
