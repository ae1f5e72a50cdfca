-- name: account_password_change :expect(1) write
-- Sets a new password where the old one still stands: compare-and-set on its hash.
UPDATE accounts.account SET password_hash = :new_hash, version = version + 1, updated_at = :now
WHERE id = :id AND password_hash = :old_hash AND disabled_at IS NULL;

-- name: account_password_reset :expect(1) write
-- Sets a new password for whoever proved to read the account's mail, which also verifies the address.
UPDATE accounts.account
SET password_hash = :hash, email_verified_at = coalesce(email_verified_at, :now), version = version + 1, updated_at = :now
WHERE id = :id AND email = :email AND disabled_at IS NULL;

-- name: account_email_verify :exec write
-- The address was proved to be read by its owner.
UPDATE accounts.account SET email_verified_at = :now, version = version + 1, updated_at = :now
WHERE id = :id AND email = :email AND email_verified_at IS NULL;

-- name: account_email_change :expect(1) write
-- Moves an account to an address that was proved; account_email refuses when somebody has it.
UPDATE accounts.account
SET email = :email, email_verified_at = :now, version = version + 1, event_seq = event_seq + 1, updated_at = :now
WHERE id = :id AND version = :version AND disabled_at IS NULL;

-- name: one_time_token_insert :exec write
-- A secret that goes out by mail.
INSERT INTO accounts.proof (id, purpose, audience, email, account_id, hash, created_at, expires_at)
VALUES (:id, :purpose, :audience, :email, :account_id?, :hash, :now, :expires_at);

-- name: one_time_token_find :find read
-- What is known of a secret that came back, as long as it is good.
SELECT id, email, account_id FROM accounts.proof
WHERE hash = :hash AND purpose = :purpose AND audience = :audience AND used_at IS NULL AND expires_at > :now;

-- name: one_time_token_try :find write
-- Takes one of the tries of an address's newest code. Of those that come at once each takes its own.
UPDATE accounts.proof SET tries = tries + 1
WHERE id = (SELECT p.id FROM accounts.proof p
            WHERE p.audience = :audience AND p.email = :email AND p.purpose = 'login_code'
            ORDER BY p.created_at DESC, p.id DESC LIMIT 1)
  AND used_at IS NULL AND expires_at > :now AND tries < :max::bigint
RETURNING id, hash;

-- name: one_time_token_use :expect(1) write
-- Spends it: of two that try at once, one conflicts.
UPDATE accounts.proof SET used_at = :now WHERE id = :id AND used_at IS NULL AND expires_at > :now;

-- name: one_time_token_void :exec write
-- Voids the secrets of these purposes that are on their way to an address.
UPDATE accounts.proof SET used_at = :now
WHERE audience = :audience AND email = :email AND purpose = ANY (:purposes::text[]) AND used_at IS NULL;

-- name: one_time_token_purge :get write
-- Forgets up to a batch of secrets past their life; tells how many.
WITH gone AS (
	DELETE FROM accounts.proof
	WHERE id IN (SELECT id FROM accounts.proof WHERE expires_at < :before ORDER BY expires_at LIMIT :batch::bigint
		FOR UPDATE SKIP LOCKED)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
