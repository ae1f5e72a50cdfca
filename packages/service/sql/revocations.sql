-- name: revocations :many read
-- What was revoked by a transaction that had not ended at the look before, which gave `since` as `oldest`; 0: all. The first
-- row is always there: for the two times.
SELECT now.oldest::text::bigint AS "oldest!", now.at AS "now!", r.id, r.until
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest, clock_timestamp() AS at) AS now
LEFT JOIN stoa.revocation r ON r.tx >= least(:since::bigint::text::xid8, now.oldest);

-- name: revocations_purge :exec write
-- Deletes those whose tokens have expired.
DELETE FROM stoa.revocation WHERE until < now();
