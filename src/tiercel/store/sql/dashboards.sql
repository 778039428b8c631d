-- name: search_dashboards
SELECT * FROM dashboards WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset};

-- name: count_dashboards
SELECT count(*) FROM (SELECT 1 FROM dashboards WHERE {where} LIMIT {limit}) AS found;

-- name: get_dashboard
SELECT * FROM dashboards WHERE id = $1;

-- name: add_dashboard
INSERT INTO dashboards (id, title, description, source) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING RETURNING *;

-- name: update_dashboard
UPDATE dashboards SET title = $2, description = $3, source = $4, updated_at = now()
WHERE id = $1 RETURNING *;

-- name: delete_dashboard
DELETE FROM dashboards WHERE id = $1 RETURNING id;
