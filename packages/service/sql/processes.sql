-- name: process_seen :exec write
-- This process runs. Those that were not seen since `gone_before` run no more.
WITH gone AS (DELETE FROM stoa.process WHERE seen_at < :gone_before AND id <> :id)
INSERT INTO stoa.process (id, kind, release, host, pid, port, state, started_at, seen_at)
VALUES (:id, :kind, :release, :host, :pid, :port::bigint, :state, :started_at, :now)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, seen_at = excluded.seen_at;

-- name: process_list :many read
-- What has given sign of life lately, at most a thousand.
SELECT id, kind, release, host, pid, port, state, started_at, seen_at
FROM stoa.process
WHERE seen_at >= :seen_from
ORDER BY kind, host, port, id
LIMIT 1000;
