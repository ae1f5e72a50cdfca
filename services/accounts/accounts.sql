-- name: account_insert :exec write
-- A new account. The constraint account_email refuses an address that is taken.
INSERT INTO accounts.account (id, audience, email, password_hash, name, phone, role, event_seq, created_at, updated_at)
VALUES (:id, :audience, :email, :password_hash, :name, :phone?, :role, 1, :now, :now);

-- name: account_insert_missing :find write row(inserted)
-- For demo data: does nothing when the address is taken.
INSERT INTO accounts.account (id, audience, email, password_hash, name, phone, role, event_seq, email_verified_at,
    created_at, updated_at)
VALUES (:id, :audience, :email, :password_hash, :name, :phone?, :role, 1, :now, :now, :now)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: account_by_email :find read row(account)
-- The account of an e-mail address (in lower case).
SELECT id, audience, email, password_hash, name, phone, role, scope_id, version, event_seq, disabled_at,
       email_verified_at, created_at
FROM accounts.account WHERE audience = :audience AND email = :email;

-- name: account_find :find read row(account)
-- One account.
SELECT id, audience, email, password_hash, name, phone, role, scope_id, version, event_seq, disabled_at,
       email_verified_at, created_at
FROM accounts.account WHERE id = :id;

-- name: account_update :expect(1) write
-- The members that people may change themselves; compare-and-set on the version.
UPDATE accounts.account
SET name = :name, phone = :phone?, version = version + 1, event_seq = event_seq + 1, updated_at = :now
WHERE id = :id AND version = :version;
