-- fragment: service_key_columns
id, name, hash, hint, permissions, scope_id, created_by, created_at, expires_at, revoked_at, last_used_at;

-- name: service_key_insert :exec write
-- A new key. The constraint service_key_name refuses a name that was ever used.
INSERT INTO accounts.service_key (id, name, hash, hint, permissions, scope_id, created_by, created_at, expires_at)
VALUES (:id, :name, :hash, :hint, :permissions, :scope_id?, :created_by, :now, :expires_at?);

-- name: service_keys :page(-created_at, -id) slow row(service_key)
-- A page of keys.
SELECT :{service_key_columns} FROM accounts.service_key
WHERE :revoked?::boolean IS NULL OR (revoked_at IS NOT NULL) = :revoked?;

-- name: service_key_get :get read row(service_key)
-- One key.
SELECT :{service_key_columns} FROM accounts.service_key WHERE id = :id;

-- name: service_key_by_hash :find read row(service_key)
-- The key with a hash, unless it is revoked.
SELECT :{service_key_columns} FROM accounts.service_key WHERE hash = :hash AND revoked_at IS NULL;

-- name: service_key_revoke :exec write
-- Revokes a key, also where it is remembered, and ends its sockets and streams: within a day, for a process that cannot ask.
WITH ended AS (UPDATE accounts.service_key SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL)
SELECT stoa.revoke(:id, 86400000000);

-- name: service_key_use :exec write
-- Stores the time of the last use, at most once per minute.
UPDATE accounts.service_key SET last_used_at = :now
WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :now::timestamptz - interval '50 seconds');
