-- name: refresh_token_insert :exec write
-- One rotation of a family.
INSERT INTO accounts.refresh_token (hash, account_id, family_id, issued_at, expires_at)
VALUES (:hash, :account_id, :family_id, :now, :expires_at);

-- name: refresh_token_get :one read
-- What is known of a presented token. Its family has ended as soon as any token of it is revoked: one that is rotated out
-- of the family while that happens is not seen by the revoking UPDATE.
SELECT t.account_id, t.family_id, t.expires_at, t.used_at,
       EXISTS (SELECT FROM accounts.refresh_token f WHERE f.family_id = t.family_id AND f.revoked_at IS NOT NULL) AS "ended!"
FROM accounts.refresh_token t
WHERE t.hash = :hash;

-- name: refresh_token_spend :expect(1) write
-- Spends it: of two that try at once, one conflicts.
UPDATE accounts.refresh_token SET used_at = :now WHERE hash = :hash AND used_at IS NULL AND revoked_at IS NULL;

-- name: refresh_family_revoke :exec write
-- Ends a login, whatever was rotated out of it.
UPDATE accounts.refresh_token SET revoked_at = :now WHERE family_id = :family_id AND revoked_at IS NULL;

-- name: refresh_account_revoke :exec write
-- Ends all logins of an account.
UPDATE accounts.refresh_token SET revoked_at = :now WHERE account_id = :account_id AND revoked_at IS NULL;
