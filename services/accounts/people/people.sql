-- fragment: person_columns
id, email, name, phone, role, scope_id, version, event_seq, disabled_at, created_at, updated_at;

-- fragment: person_filters
-- A single role is an equation as well: only with an equation does the index keep its order.
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
-- A page of people by name, compared to the length that a cursor carries.
SELECT :{person_columns} FROM accounts.account
WHERE :{person_filters} AND (:after_name?::text IS NULL OR (lower(left(name, 60)), id) > (:after_name?, :after_id::uuid))
ORDER BY lower(left(name, 60)), id
LIMIT :row_limit::bigint;

-- name: person_name_key :find read
-- The sort key of a person in the list by name.
SELECT lower(left(name, 60)) AS "key!" FROM accounts.account WHERE id = :id;

-- name: person_find :find read row(person)
-- One person of a kind.
SELECT :{person_columns} FROM accounts.account WHERE id = :id AND audience = :audience AND role = ANY(:roles::text[]);

-- name: person_insert :exec write
-- A new person. The constraint account_email refuses an address that is taken.
INSERT INTO accounts.account (id, audience, email, password_hash, name, phone, role, scope_id, event_seq, created_at, updated_at)
VALUES (:id, :audience, :email, :password_hash, :name, :phone?, :role, :scope_id?, 1, :now, :now);

-- name: person_update :expect(1) write
-- Compare-and-set on the version.
UPDATE accounts.account
SET name = :name, phone = :phone?, role = :role, scope_id = :scope_id?, disabled_at = :disabled_at?, version = version + 1,
    event_seq = event_seq + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: super_admins_lock :many lock
-- All super_admins, locked until the end of the transaction: two transactions that each remove one run one after the other.
SELECT id FROM accounts.account
WHERE audience = 'admin' AND role = 'super_admin' AND disabled_at IS NULL
ORDER BY id
FOR UPDATE;
