-- choice: state process_state

-- name: process_seen :exec write
-- This process runs. Those that were not seen since `gone_before` run no more.
WITH gone AS (DELETE FROM stoa.process WHERE seen_at < :gone_before AND id <> :id)
INSERT INTO stoa.process (id, kind, release, host, pid, port, state, started_at, seen_at)
VALUES (:id, :kind, :release, :host, :pid, :port::bigint, :state, :started_at, :now)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, seen_at = excluded.seen_at;

-- name: processes :page(kind, host, port, id) read row(process)
-- What has given sign of life since.
SELECT id, kind, release, host, pid, port, state, started_at, seen_at
FROM stoa.process
WHERE seen_at >= :seen_from;
