-- fragment: account_columns
id, audience, email, name, phone, role, scope_id, version, event_seq, disabled_at, disabled_at IS NOT NULL AS "disabled!",
email_verified_at IS NOT NULL AS "email_verified!", created_at, updated_at, lower(left(name, 60)) AS "sort_name!";

-- name: people :page(-created_at, -id | name=sort_name, id | role, name=sort_name, id) slow row(account)
-- A page of people. A single role is an equation as well: only with an equation does the index keep its order.
SELECT :{account_columns} FROM accounts.account
WHERE audience = :audience AND role = ANY(:roles::text[]) AND (cardinality(:roles) <> 1 OR role = (:roles)[1])
  AND (:disabled?::boolean IS NULL OR (disabled_at IS NOT NULL) = :disabled?)
  AND (:pattern?::text IS NULL OR email LIKE lower(:pattern?) OR lower(name) LIKE lower(:pattern?));

-- name: person_get :get read row(account)
-- One person of a kind.
SELECT :{account_columns} FROM accounts.account WHERE id = :id AND audience = :audience AND role = ANY(:roles::text[]);

-- name: super_admins_lock :many lock
-- All super_admins, locked until the end of the transaction: two transactions that each remove one run one after the other.
SELECT id FROM accounts.account
WHERE audience = 'admin' AND role = 'super_admin' AND disabled_at IS NULL
ORDER BY id
FOR UPDATE;
