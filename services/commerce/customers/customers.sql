-- name: customer_upsert :exec write
-- Keeps the newest state of an account, whatever order its events arrive in.
INSERT INTO commerce.customer (id, email, name, phone, seq, created_at, updated_at)
VALUES (:id, :email, :name, :phone?, :seq, :now, :now)
ON CONFLICT (id) DO UPDATE
SET email = excluded.email, name = excluded.name, phone = excluded.phone, seq = excluded.seq, updated_at = excluded.updated_at
WHERE commerce.customer.seq < excluded.seq;

-- name: customer_find :find read
-- What commerce knows of a customer.
SELECT id, email, name, phone FROM commerce.customer WHERE id = :id;
