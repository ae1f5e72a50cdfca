-- fragment: address_columns
a.id, a.label, a.recipient, a.street, a.postal_code, a.city, a.country, a.note, a.version, a.created_at, a.updated_at;

-- fragment: address_shown
FROM commerce.address a JOIN commerce.address_book b USING (customer_id) WHERE a.customer_id = :customer_id;

-- name: addresses :page(id) read row(address)
-- The addresses of a customer, oldest first.
SELECT :{address_columns}, b.default_id IS NOT DISTINCT FROM a.id AS "is_default!" :{address_shown};

-- name: address_get :get read row(address)
-- One address of this customer.
SELECT :{address_columns}, b.default_id IS NOT DISTINCT FROM a.id AS "is_default!" :{address_shown} AND a.id = :id;

-- name: address_find :find read row(address)
-- The same, if there is one.
SELECT :{address_columns}, b.default_id IS NOT DISTINCT FROM a.id AS "is_default!" :{address_shown} AND a.id = :id;

-- name: address_book_lock :get write
-- The number of a customer's addresses. Their address book is created if missing, and locked until the end of the transaction.
INSERT INTO commerce.address_book (customer_id, addresses) VALUES (:customer_id, 0)
ON CONFLICT (customer_id) DO UPDATE SET addresses = commerce.address_book.addresses
RETURNING addresses;

-- name: address_book_set :expect(1) write
-- More or fewer addresses, and whether this one is the default.
UPDATE commerce.address_book
SET addresses = addresses + :added::bigint,
    default_id = CASE WHEN :is_default::boolean THEN :id::uuid ELSE nullif(default_id, :id) END
WHERE customer_id = :customer_id;

-- name: address_insert :get write row(address)
-- A new address: version 1.
INSERT INTO commerce.address AS a (id, customer_id, label, recipient, street, postal_code, city, country, note, created_at, updated_at)
VALUES (:id, :customer_id, :label?, :recipient, :street, :postal_code, :city, :country, :note?, :now, :now)
RETURNING :{address_columns}, :is_default::boolean AS "is_default!";

-- name: address_update :get write row(address)
-- An address after its change, under the book's lock. An empty text is none.
UPDATE commerce.address a
SET label = nullif(:label?, ''), recipient = :recipient, street = :street, postal_code = :postal_code, city = :city,
    country = :country, note = nullif(:note?, ''), version = version + 1, updated_at = :now
WHERE id = :id
RETURNING :{address_columns}, :is_default::boolean AS "is_default!";

-- name: address_delete :expect(1) write
-- Deletes an address; orders have copies.
DELETE FROM commerce.address WHERE id = :id;
