-- name: idempotency_find :find read
-- The answer given under a key, if any.
SELECT fingerprint, status, location, etag, body
FROM stoa.idempotency
WHERE scope = :scope AND key = :key;

-- name: idempotency_insert :exec write
-- Beside the effect: a twin that commits later fails on the primary key.
INSERT INTO stoa.idempotency (scope, key, route, fingerprint, status, location, etag, body, created_at)
VALUES (:scope, :key, :route, :fingerprint, :status::bigint, :location?, :etag?, :body, :now);

-- name: idempotency_keep :exec write
-- For refusals, which have no effect to share a commit with: the first answer stays.
INSERT INTO stoa.idempotency (scope, key, route, fingerprint, status, location, etag, body, created_at)
VALUES (:scope, :key, :route, :fingerprint, :status::bigint, :location?, :etag?, :body, :now)
ON CONFLICT (scope, key) DO NOTHING;

-- name: idempotency_purge :get write
-- Forgets up to a batch of answers older than the time given; tells how many.
WITH gone AS (
	DELETE FROM stoa.idempotency
	WHERE ctid IN (SELECT ctid FROM stoa.idempotency WHERE created_at < :before ORDER BY created_at LIMIT :batch::bigint)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
