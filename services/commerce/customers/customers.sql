-- name: customer_upsert :exec write
-- Stores the newest state of an account, in whichever order its events arrive.
INSERT INTO commerce.customer (id, email, name, phone, seq, created_at, updated_at)
VALUES (:id, :email, :name, :phone?, :seq, :now, :now)
ON CONFLICT (id) DO UPDATE
SET email = excluded.email, name = excluded.name, phone = excluded.phone, seq = excluded.seq, updated_at = excluded.updated_at
WHERE commerce.customer.seq < excluded.seq;

-- name: customer_find :find read
-- The data of a customer that commerce stores.
SELECT id, email, name, phone FROM commerce.customer WHERE id = :id;
