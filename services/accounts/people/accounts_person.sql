-- fragment: account_columns
id, audience, email, name COLLATE "und-x-icu" AS "name!", phone, role, scope_id, version, event_seq, disabled_at, disabled_at IS NOT NULL AS "disabled!",
email_verified_at IS NOT NULL AS "email_verified!", created_at, updated_at;

-- name: accounts_person :many slow
-- What accounts keeps of a person: by the account, and by the address for what is older than one.
SELECT 'accounts.account' AS "table!", (to_jsonb(a) - 'password_hash')::text AS "data!" FROM accounts.account a WHERE a.id = :id
UNION ALL SELECT 'accounts.identity', to_jsonb(i)::text FROM accounts.identity i WHERE i.account_id = :id
UNION ALL SELECT 'accounts.refresh_token', (to_jsonb(t) - 'hash' - 'used_by')::text FROM accounts.refresh_token t
WHERE t.account_id = :id
UNION ALL SELECT 'accounts.proof', (to_jsonb(p) - 'hash' - 'password_hash')::text FROM accounts.proof p
WHERE p.email = :email OR p.account_id = :id
UNION ALL SELECT 'accounts.mail', (to_jsonb(m) - 'secret')::text FROM accounts.mail m WHERE m.recipient = :email
UNION ALL SELECT 'accounts.service_key', (to_jsonb(k) - 'hash')::text FROM accounts.service_key k WHERE k.created_by = :id;

-- name: accounts_person_disable :find write row(account)
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

-- name: accounts_person_identities_erase :exec write
DELETE FROM accounts.identity WHERE account_id = :id;

-- name: accounts_person_secrets_erase :exec write
DELETE FROM accounts.proof WHERE email = :email OR account_id = :id;

-- name: accounts_person_mail_erase :exec write
DELETE FROM accounts.mail WHERE recipient = :email;
