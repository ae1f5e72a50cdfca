-- name: platform_ping :get read
-- Whether the database answers at all.
SELECT 1 AS "one!";

-- name: database_clock :get read
-- What the time is.
SELECT clock_timestamp() AS "now!";
