-- name: note_packets
INSERT INTO packets (id, sent_at)
SELECT * FROM unnest($1::text[], $2::timestamptz[])
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: forget_packets
DELETE FROM packets WHERE sent_at < $1;
