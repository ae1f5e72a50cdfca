-- fragment: person_columns
id, email, name, phone, role, scope_id, version, event_seq, disabled_at, created_at, updated_at;

-- fragment: person_filters
-- One role is asked for by an equation as well, for an index keeps its order under nothing else.
audience = :audience AND role = ANY(:roles::text[]) AND (cardinality(:roles) <> 1 OR role = (:roles)[1])
  AND (:disabled?::boolean IS NULL OR (disabled_at IS NOT NULL) = :disabled?)
  AND (:pattern?::text IS NULL OR email LIKE lower(:pattern?) OR lower(name) LIKE lower(:pattern?));

-- name: people_by_age :many slow row(person)
-- A page of people, newest first.
SELECT :{person_columns} FROM accounts.account
WHERE :{person_filters} AND (:after_created?::timestamptz IS NULL OR (created_at, id) < (:after_created?, :after_id::uuid))
ORDER BY created_at DESC, id DESC
LIMIT :row_limit::bigint;

-- name: people_by_name :many slow row(person)
-- A page of people by name, as far as a cursor carries it.
SELECT :{person_columns} FROM accounts.account
WHERE :{person_filters} AND (:after_name?::text IS NULL OR (lower(left(name, 60)), id) > (:after_name?, :after_id::uuid))
ORDER BY lower(left(name, 60)), id
LIMIT :row_limit::bigint;

-- name: person_name_key :find read
-- What the list by name sorts somebody by.
SELECT lower(left(name, 60)) AS "key!" FROM accounts.account WHERE id = :id;

-- name: person_find :find read row(person)
-- One of the people of a kind.
SELECT :{person_columns} FROM accounts.account WHERE id = :id AND audience = :audience AND role = ANY(:roles::text[]);

-- name: person_insert :exec write
-- Somebody new; the address is taken when account_email refuses.
INSERT INTO accounts.account (id, audience, email, password_hash, name, phone, role, scope_id, event_seq, created_at, updated_at)
VALUES (:id, :audience, :email, :password_hash, :name, :phone?, :role, :scope_id?, 1, :now, :now);

-- name: person_update :expect(1) write
-- Compare-and-set on the version.
UPDATE accounts.account
SET name = :name, phone = :phone?, role = :role, scope_id = :scope_id?, disabled_at = :disabled_at?, version = version + 1,
    event_seq = event_seq + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: super_admins_lock :many lock
-- Those who can let everybody else in, held until the end of the transaction: whoever is about to take one away waits for the other.
SELECT id FROM accounts.account
WHERE audience = 'admin' AND role = 'super_admin' AND disabled_at IS NULL
ORDER BY id
FOR UPDATE;
