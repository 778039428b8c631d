-- name: save_flow
-- One statement, so that two saves at once give two revisions, or one when the source is the same.
WITH head AS (
    INSERT INTO flows AS f (
        namespace, id, revision, source, definition, labels, description, disabled
    )
    VALUES ($1, $2, 1, $3, $4, $5, $6, $7)
    ON CONFLICT (namespace, id) DO UPDATE
    SET revision = f.revision
            + CASE WHEN f.source = excluded.source AND NOT f.deleted THEN 0 ELSE 1 END,
        updated_at
            = CASE WHEN f.source = excluded.source AND NOT f.deleted THEN f.updated_at ELSE now() END,
        source = excluded.source,
        definition = excluded.definition,
        labels = excluded.labels,
        description = excluded.description,
        disabled = excluded.disabled,
        deleted = false
    RETURNING *
), kept AS (
    INSERT INTO flow_revisions (
        namespace, id, revision, source, definition, labels, description, disabled, deleted,
        updated_at
    )
    SELECT namespace, id, revision, source, definition, labels, description, disabled, deleted,
        updated_at
    FROM head
    ON CONFLICT (namespace, id, revision) DO NOTHING
)
SELECT revision FROM head;

-- name: delete_flow
WITH head AS (
    UPDATE flows SET deleted = true, revision = revision + 1, updated_at = now()
    WHERE namespace = $1 AND id = $2 AND NOT deleted
    RETURNING *
), kept AS (
    INSERT INTO flow_revisions (
        namespace, id, revision, source, definition, labels, description, disabled, deleted,
        updated_at
    )
    SELECT namespace, id, revision, source, definition, labels, description, disabled, deleted,
        updated_at
    FROM head
)
SELECT revision FROM head;

-- name: latest_flow
SELECT * FROM flows WHERE namespace = $1 AND id = $2 AND ($3 OR NOT deleted);

-- name: flow_revision
SELECT * FROM flow_revisions WHERE namespace = $1 AND id = $2 AND revision = $3;

-- name: flow_revisions
SELECT * FROM flow_revisions WHERE namespace = $1 AND id = $2 ORDER BY revision;

-- name: flow_namespaces
SELECT DISTINCT namespace FROM flows
WHERE NOT deleted AND ($1::text IS NULL OR position(lower($1) IN lower(namespace)) > 0)
ORDER BY namespace;

-- name: flow_definitions
SELECT namespace, id, definition FROM flows WHERE NOT deleted ORDER BY namespace, id;

-- name: delete_flow_revisions
DELETE FROM flow_revisions AS old
WHERE namespace = $1 AND id = $2 AND revision = ANY ($3::integer[])
    AND revision < (SELECT revision FROM flows WHERE namespace = $1 AND id = $2);

-- name: search_flows
SELECT * FROM flows WHERE NOT deleted AND {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_flows
SELECT count(*) FROM (SELECT 1 FROM flows WHERE NOT deleted AND {where} LIMIT {limit}) AS found;
