-- name: platform_ping :one read
-- Whether the database answers at all.
SELECT 1 AS "one!";
