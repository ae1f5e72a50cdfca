-- fragment: account_columns
id, audience, email, name COLLATE "und-x-icu" AS "name!", phone, role, scope_id, version, event_seq, disabled_at, disabled_at IS NOT NULL AS "disabled!",
email_verified_at IS NOT NULL AS "email_verified!", created_at, updated_at;

-- name: people :page(-created_at, -id | name, id | role, name, id) slow row(account)
-- A page of people. A single role is an equation as well: only with an equation does the index keep its order.
SELECT :{account_columns} FROM accounts.account
WHERE audience = :audience AND role = ANY(:roles::text[]) AND (cardinality(:roles) <> 1 OR role = (:roles)[1])
  AND (:disabled?::boolean IS NULL OR (disabled_at IS NOT NULL) = :disabled?)
  AND (:search?::text IS NULL OR (stoa.folded(name || ' ' || email) LIKE (stoa.search_patterns(:search?))[1]
                                  AND stoa.folded(name || ' ' || email) LIKE ALL (stoa.search_patterns(:search?))));

-- name: person_get :get read row(account)
-- One person of a kind.
SELECT :{account_columns} FROM accounts.account WHERE id = :id AND audience = :audience AND role = ANY(:roles::text[]);

-- name: super_admins_lock :many lock
-- All super_admins, locked until the end of the transaction: two transactions that each remove one run one after the other.
SELECT id FROM accounts.account
WHERE audience = 'admin' AND role = 'super_admin' AND disabled_at IS NULL
ORDER BY id
FOR UPDATE;
