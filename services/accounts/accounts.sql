-- fragment: account_columns
-- Without the hash of the password, which is read only where a password is compared.
id, audience, email, name COLLATE "und-x-icu" AS "name!", phone, role, scope_id, version, event_seq, disabled_at, disabled_at IS NOT NULL AS "disabled!",
email_verified_at IS NOT NULL AS "email_verified!", created_at, updated_at;

-- name: account_insert :exec write
-- A new account. The constraint account_email refuses an address that is taken.
INSERT INTO accounts.account (id, audience, email, password_hash, name, phone, role, scope_id, event_seq, email_verified_at,
    created_at, updated_at)
VALUES (:id, :audience, :email, :password_hash, :name, :phone?, :role, :scope_id?, 1, :email_verified_at?, :now, :now);

-- name: account_insert_missing :find write row(account)
-- For demo data: does nothing when the address is taken.
INSERT INTO accounts.account (id, audience, email, password_hash, name, phone, role, event_seq, email_verified_at,
    created_at, updated_at)
VALUES (:id, :audience, :email, :password_hash, :name, :phone?, :role, 1, :now, :now, :now)
ON CONFLICT DO NOTHING
RETURNING :{account_columns};

-- name: account_by_email :find read row(account)
-- The account of an e-mail address (in lower case).
SELECT :{account_columns} FROM accounts.account WHERE audience = :audience AND email = :email;

-- name: account_find :find read row(account)
-- One account.
SELECT :{account_columns} FROM accounts.account WHERE id = :id;

-- name: account_get :get read row(account)
-- One account.
SELECT :{account_columns} FROM accounts.account WHERE id = :id;

-- name: account_password_find :find read
-- The hash to compare a password with.
SELECT password_hash FROM accounts.account WHERE audience = :audience AND email = :email;

-- name: account_update :expect(1) write
-- Compare-and-set on the version.
UPDATE accounts.account
SET name = :name, phone = :phone?, role = :role, scope_id = :scope_id?, disabled_at = :disabled_at?, version = version + 1,
    event_seq = event_seq + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: account_disable :find write row(account)
-- No row when it is disabled already.
UPDATE accounts.account SET disabled_at = :now, version = version + 1, event_seq = event_seq + 1, updated_at = :now
WHERE id = :id AND disabled_at IS NULL
RETURNING :{account_columns};

-- name: accounts_person_erase :find write row(account)
-- The account stays, for orders and histories name it, and nobody can use it.
UPDATE accounts.account
SET email = 'erased-' || id || '@erased.invalid', name = 'erased', phone = NULL, password_hash = :password_hash,
    email_verified_at = NULL, disabled_at = coalesce(disabled_at, :now), version = version + 1, event_seq = event_seq + 1,
    updated_at = :now
WHERE id = :id
RETURNING :{account_columns};
