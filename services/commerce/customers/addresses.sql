-- name: address_book_lock :get write
-- A customer's address book, created if missing, locked until the end of the transaction.
INSERT INTO commerce.address_book (customer_id, addresses) VALUES (:customer_id, 0)
ON CONFLICT (customer_id) DO UPDATE SET addresses = commerce.address_book.addresses
RETURNING addresses, default_id;

-- name: address_book_set :expect(1) write
-- The number of addresses, and the default.
UPDATE commerce.address_book SET addresses = :addresses, default_id = :default_id? WHERE customer_id = :customer_id;

-- name: address_insert :exec write
-- A new address: version 1.
INSERT INTO commerce.address (id, customer_id, label, recipient, street, postal_code, city, country, note, created_at, updated_at)
VALUES (:id, :customer_id, :label?, :recipient, :street, :postal_code, :city, :country, :note?, :now, :now);

-- name: address_find :find read row(address)
-- One address of this customer.
SELECT a.id, a.label, a.recipient, a.street, a.postal_code, a.city, a.country, a.note, b.default_id IS NOT DISTINCT FROM a.id AS "is_default!",
       a.version, a.created_at, a.updated_at
FROM commerce.address a
JOIN commerce.address_book b USING (customer_id)
WHERE a.id = :id AND a.customer_id = :customer_id;

-- name: address_list :many read row(address)
-- A page of a customer's addresses, oldest first.
SELECT a.id, a.label, a.recipient, a.street, a.postal_code, a.city, a.country, a.note, b.default_id IS NOT DISTINCT FROM a.id AS "is_default!",
       a.version, a.created_at, a.updated_at
FROM commerce.address a
JOIN commerce.address_book b USING (customer_id)
WHERE a.customer_id = :customer_id AND (:after_id?::uuid IS NULL OR a.id > :after_id?)
ORDER BY a.id
LIMIT :row_limit::bigint;

-- name: address_update :expect(1) write
-- Stores all columns of an address, under the book's lock.
UPDATE commerce.address
SET label = :label?, recipient = :recipient, street = :street, postal_code = :postal_code, city = :city, country = :country,
    note = :note?, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: address_delete :expect(1) write
-- Deletes an address; orders have copies.
DELETE FROM commerce.address WHERE id = :id;
