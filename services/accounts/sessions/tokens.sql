-- name: refresh_token_insert :expect(1) write
-- One rotation of a family, for an account that may log in, still has the rights that the access token says and (when given)
-- the checked password. The lock waits for a transaction that changes one of these: either its revocation sees this token, or
-- the token is not created.
INSERT INTO accounts.refresh_token (hash, account_id, family_id, issued_at, expires_at)
SELECT :hash, a.id, :family_id, :now, :expires_at
FROM accounts.account a
WHERE a.id = :account_id AND a.disabled_at IS NULL AND a.password_hash = coalesce(:password_hash?, a.password_hash)
  AND a.role = :role AND a.scope_id IS NOT DISTINCT FROM :scope_id?
FOR SHARE OF a;

-- name: refresh_token_find :find read
-- The row of a token. Its family has ended when any token of it is revoked: the revoking UPDATE does not see a token that is
-- created at the same moment. A used one that its user may send again has the newest of the family beside it; both times are
-- the database's, for another process may have written the first.
SELECT t.account_id, t.family_id, t.expires_at, t.used_at IS NOT NULL AS "used!",
       EXISTS (SELECT FROM accounts.refresh_token f WHERE f.family_id = t.family_id AND f.revoked_at IS NOT NULL) AS "ended!",
       CASE WHEN t.used_by = :client AND t.used_at > now() - :grace::bigint * interval '1 microsecond' THEN
           (SELECT f.hash FROM accounts.refresh_token f WHERE f.family_id = t.family_id AND f.used_at IS NULL)
       END AS newest
FROM accounts.refresh_token t
WHERE t.hash = :hash;

-- name: refresh_token_spend :expect(1) write
-- Marks it as used: of two requests at once, one conflicts.
UPDATE accounts.refresh_token SET used_at = now(), used_by = :client
WHERE hash = :hash AND used_at IS NULL AND revoked_at IS NULL;

-- name: refresh_family_revoke :exec write
-- Ends a login: all tokens of its family, and its access tokens, which have :life_us left at most.
WITH ended AS (UPDATE accounts.refresh_token SET revoked_at = :now WHERE family_id = :family_id AND revoked_at IS NULL)
SELECT stoa.revoke(:family_id, :life_us);

-- name: refresh_account_revoke :exec write
-- Ends all logins of an account in the same way, but for one (when given). After the change of the account's row that is the
-- cause: see refresh_token_insert.
WITH ended AS (
	UPDATE accounts.refresh_token SET revoked_at = :now
	WHERE account_id = :account_id AND family_id IS DISTINCT FROM :but?::uuid AND revoked_at IS NULL
	RETURNING family_id
)
SELECT stoa.revoke(family_id, :life_us) FROM (SELECT DISTINCT family_id FROM ended) AS families;

-- name: refresh_token_purge :get write
-- Deletes up to a batch of expired tokens; returns how many. A revoked token stays while its family has one that is not
-- revoked: it makes that one void.
WITH gone AS (
	DELETE FROM accounts.refresh_token
	WHERE hash IN (SELECT t.hash FROM accounts.refresh_token t
		WHERE t.expires_at < :before AND (t.revoked_at IS NULL OR NOT EXISTS (
			SELECT FROM accounts.refresh_token f WHERE f.family_id = t.family_id AND f.expires_at >= :before))
		ORDER BY t.expires_at LIMIT :batch::bigint FOR UPDATE SKIP LOCKED)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
