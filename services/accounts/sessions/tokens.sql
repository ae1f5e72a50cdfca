-- name: refresh_token_insert :expect(1) write
-- One rotation of a family, for an account that may log in and (when given) still has the password that was checked. The
-- lock makes it wait for whoever is disabling the account or changing its password: either this token is seen by the
-- revocation that goes with that, or it is not made.
INSERT INTO accounts.refresh_token (hash, account_id, family_id, issued_at, expires_at)
SELECT :hash, a.id, :family_id, :now, :expires_at
FROM accounts.account a
WHERE a.id = :account_id AND a.disabled_at IS NULL AND a.password_hash = coalesce(:password_hash?, a.password_hash)
FOR SHARE OF a;

-- name: refresh_token_find :find read
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

-- name: refresh_account_revoke_others :exec write
-- Ends all logins of an account but one.
UPDATE accounts.refresh_token SET revoked_at = :now
WHERE account_id = :account_id AND family_id <> :family_id AND revoked_at IS NULL;

-- name: refresh_token_purge :get write
-- Forgets up to a batch of tokens past their life; tells how many. A revoked one stays as long as its family has another
-- that is not: it is what makes that one void.
WITH gone AS (
	DELETE FROM accounts.refresh_token
	WHERE hash IN (SELECT t.hash FROM accounts.refresh_token t
		WHERE t.expires_at < :before AND (t.revoked_at IS NULL OR NOT EXISTS (
			SELECT FROM accounts.refresh_token f WHERE f.family_id = t.family_id AND f.expires_at >= :before))
		ORDER BY t.expires_at LIMIT :batch::bigint FOR UPDATE SKIP LOCKED)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
