-- name: identity_find :find read
-- The account that is linked to a provider's subject.
SELECT account_id FROM accounts.identity WHERE issuer = :issuer AND subject = :subject;

-- name: identity_insert :exec write
-- Links them; of two requests at once, the primary key refuses one.
INSERT INTO accounts.identity (issuer, subject, account_id, email, linked_at)
VALUES (:issuer, :subject, :account_id, :email, :now);

-- name: identity_account_claim :expect(1) write
-- Voids the password of an account with an unconfirmed address: the person who created it may not own the address.
UPDATE accounts.account
SET password_hash = :password_hash, email_verified_at = :now, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;
