-- name: save_template
-- The same source again adds no revision.
WITH latest AS (
    SELECT * FROM templates WHERE namespace = $1 AND id = $2 ORDER BY revision DESC LIMIT 1
), added AS (
    INSERT INTO templates (namespace, id, revision, source, definition, description)
    SELECT $1, $2, coalesce((SELECT revision FROM latest), 0) + 1, $3, $4, $5
    WHERE NOT EXISTS (SELECT 1 FROM latest WHERE source = $3 AND NOT deleted)
    RETURNING *
)
SELECT * FROM added
UNION ALL
SELECT * FROM latest WHERE NOT EXISTS (SELECT 1 FROM added);

-- name: delete_template
WITH latest AS (
    SELECT * FROM templates WHERE namespace = $1 AND id = $2 ORDER BY revision DESC LIMIT 1
)
INSERT INTO templates (namespace, id, revision, source, definition, description, deleted)
SELECT namespace, id, revision + 1, source, definition, description, true
FROM latest WHERE NOT deleted
RETURNING revision;

-- name: template
-- One revision, or without a number the one in force unless it was deleted.
SELECT * FROM (
    SELECT * FROM templates
    WHERE namespace = $1 AND id = $2 AND ($3::integer IS NULL OR revision = $3)
    ORDER BY revision DESC LIMIT 1
) AS found
WHERE $3::integer IS NOT NULL OR NOT deleted;

-- name: template_namespaces
SELECT DISTINCT namespace FROM (
    SELECT DISTINCT ON (namespace, id) * FROM templates ORDER BY namespace, id, revision DESC
) AS latest
WHERE NOT deleted AND ($1::text IS NULL OR position(lower($1) IN lower(namespace)) > 0)
ORDER BY namespace;

-- name: search_templates
SELECT * FROM (
    SELECT DISTINCT ON (namespace, id) * FROM templates ORDER BY namespace, id, revision DESC
) AS latest
WHERE NOT deleted AND {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_templates
SELECT count(*) FROM (
    SELECT 1 FROM (
        SELECT DISTINCT ON (namespace, id) * FROM templates ORDER BY namespace, id, revision DESC
    ) AS latest
    WHERE NOT deleted AND {where} LIMIT {limit}
) AS found;
