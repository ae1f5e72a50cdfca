-- name: identity_find :find read
-- Whose account a provider's subject is linked to.
SELECT account_id FROM accounts.identity WHERE issuer = :issuer AND subject = :subject;

-- name: identity_insert :exec write
-- Links them; of two that try at once, one is refused by the primary key.
INSERT INTO accounts.identity (issuer, subject, account_id, email, linked_at)
VALUES (:issuer, :subject, :account_id, :email, :now);

-- name: identity_account_insert :exec write
-- An account that came with a verified address, and without a password.
INSERT INTO accounts.account (id, audience, email, password_hash, name, role, event_seq, email_verified_at, created_at, updated_at)
VALUES (:id, 'public', :email, :password_hash, :name, :role, 1, :now, :now, :now);

-- name: identity_account_claim :expect(1) write
-- Takes an account whose address nobody had confirmed away from whoever made it: its password is void.
UPDATE accounts.account
SET password_hash = :password_hash, email_verified_at = :now, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;
