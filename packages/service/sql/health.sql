-- name: platform_ping :get read
-- Whether the database answers at all.
SELECT 1 AS "one!";
