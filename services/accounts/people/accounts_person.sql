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

-- name: accounts_person_identities_erase :exec write
DELETE FROM accounts.identity WHERE account_id = :id;

-- name: accounts_person_secrets_erase :exec write
DELETE FROM accounts.proof WHERE email = :email OR account_id = :id;

-- name: accounts_person_mail_erase :exec write
DELETE FROM accounts.mail WHERE recipient = :email;
