-- fragment: store_columns
id, name COLLATE "und-x-icu" AS "name!", slug, currency, delivery_fee_minor AS "delivery_fee.amount", currency AS "delivery_fee.currency",
       free_delivery_minor AS "free_delivery_from.amount", nullif(currency, '') AS "free_delivery_from.currency", time_zone, version, created_at, updated_at;

-- fragment: free_delivery
-- Never an amount of another currency.
CASE WHEN :free_delivery_from.currency? = :currency THEN :free_delivery_from.amount?::bigint END;

-- name: stores :page(name, id) read row(store)
-- A page of the stores.
SELECT :{store_columns} FROM commerce.store;

-- name: store_get :get read row(store)
-- One store.
SELECT :{store_columns} FROM commerce.store WHERE id = :id;

-- name: store_insert :exec write from(store)
-- A new store. The constraint store_slug refuses a slug that is taken.
INSERT INTO commerce.store (id, name, slug, currency, delivery_fee_minor, free_delivery_minor, time_zone, created_at, updated_at)
VALUES (:id, :name, :slug, :currency, :delivery_fee_minor, :{free_delivery}, :time_zone, :now, :now);

-- name: store_update :expect(1) write from(store)
-- Compare-and-set on the version.
UPDATE commerce.store
SET name = :name, slug = :slug, currency = :currency, delivery_fee_minor = :delivery_fee_minor, free_delivery_minor = :{free_delivery},
    time_zone = :time_zone, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: time_zone_known_get :get slow
-- Whether PostgreSQL, which computes the days, has an IANA time zone of this name. Reads the files of all zones.
SELECT (:name = 'UTC' OR :name ~ '^[A-Z][^/]*/') AND EXISTS (SELECT FROM pg_timezone_names WHERE name = :name) AS "known!";
