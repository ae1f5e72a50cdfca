-- name: refresh_token_insert :exec write
-- One rotation of a family.
INSERT INTO accounts.refresh_token (hash, account_id, family_id, issued_at, expires_at)
VALUES (:hash, :account_id, :family_id, :now, :expires_at);

-- name: refresh_token_get :one read
-- What is known of a presented token.
SELECT account_id, family_id, expires_at, used_at, revoked_at FROM accounts.refresh_token WHERE hash = :hash;

-- name: refresh_token_spend :expect(1) write
-- Spends it: of two that try at once, one conflicts.
UPDATE accounts.refresh_token SET used_at = :now WHERE hash = :hash AND used_at IS NULL AND revoked_at IS NULL;

-- name: refresh_family_revoke :exec write
-- Ends a login, whatever was rotated out of it.
UPDATE accounts.refresh_token SET revoked_at = :now WHERE family_id = :family_id AND revoked_at IS NULL;

-- name: refresh_account_revoke :exec write
-- Ends all logins of an account.
UPDATE accounts.refresh_token SET revoked_at = :now WHERE account_id = :account_id AND revoked_at IS NULL;
