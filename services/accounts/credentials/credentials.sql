-- name: account_password_change :expect(1) write
-- Changes the password if the old one is unchanged: compare-and-set on its hash.
UPDATE accounts.account SET password_hash = :new_hash, version = version + 1, updated_at = :now
WHERE id = :id AND password_hash = :old_hash AND disabled_at IS NULL;

-- name: account_password_reset :expect(1) write
-- Sets a new password for a person who has proved that they read the account's mail; this also verifies the address.
UPDATE accounts.account
SET password_hash = :hash, email_verified_at = coalesce(email_verified_at, :now), version = version + 1, updated_at = :now
WHERE id = :id AND email = :email AND disabled_at IS NULL;

-- name: account_email_verify :exec write
-- Marks the address as verified.
UPDATE accounts.account SET email_verified_at = :now, version = version + 1, updated_at = :now
WHERE id = :id AND email = :email AND email_verified_at IS NULL;

-- name: account_email_change :expect(1) write
-- Changes the account's e-mail address to a verified one. The constraint account_email refuses an address that is taken.
UPDATE accounts.account
SET email = :email, email_verified_at = :now, version = version + 1, event_seq = event_seq + 1, updated_at = :now
WHERE id = :id AND version = :version AND disabled_at IS NULL;

-- name: one_time_token_insert :exec write
-- A new secret, to be sent by mail.
INSERT INTO accounts.proof (id, purpose, audience, email, account_id, password_hash, name, phone, hash, created_at, expires_at)
VALUES (:id, :purpose, :audience, :email, :account_id?, :password_hash?, :name?, :phone?, :hash, :now, :expires_at);

-- name: one_time_token_find :find read
-- A secret that came back, if it is still valid.
SELECT id, email, account_id, password_hash, name, phone FROM accounts.proof
WHERE hash = :hash AND purpose = :purpose AND audience = :audience AND used_at IS NULL AND expires_at > :now;

-- name: one_time_token_try :find write
-- Takes one try of an address's newest code. Parallel tries take one each.
UPDATE accounts.proof SET tries = tries + 1
WHERE id = (SELECT p.id FROM accounts.proof p
            WHERE p.audience = :audience AND p.email = :email AND p.purpose = 'login_code'
            ORDER BY p.created_at DESC, p.id DESC LIMIT 1)
  AND used_at IS NULL AND expires_at > :now AND tries < :max::bigint
RETURNING id, hash;

-- name: one_time_token_use :expect(1) write
-- Marks it as used: of two requests at once, one conflicts.
UPDATE accounts.proof SET used_at = :now WHERE id = :id AND used_at IS NULL AND expires_at > :now;

-- name: one_time_token_void :exec write
-- Voids the unused secrets of an address for some purposes.
UPDATE accounts.proof SET used_at = :now
WHERE audience = :audience AND email = :email AND purpose = ANY (:purposes::text[]) AND used_at IS NULL;

-- name: one_time_token_purge :get write
-- Deletes up to a batch of expired secrets; returns how many.
WITH gone AS (
	DELETE FROM accounts.proof
	WHERE id IN (SELECT id FROM accounts.proof WHERE expires_at < :before ORDER BY expires_at LIMIT :batch::bigint
		FOR UPDATE SKIP LOCKED)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
