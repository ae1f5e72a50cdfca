-- name: stores :page(name, id) read row(store)
-- A page of the stores.
SELECT id, name, slug, version, created_at, updated_at FROM commerce.store;

-- name: store_find :find read row(store)
-- One store.
SELECT id, name, slug, version, created_at, updated_at FROM commerce.store WHERE id = :id;

-- name: store_insert :exec write
-- A new store. The constraint store_slug refuses a slug that is taken.
INSERT INTO commerce.store (id, name, slug, created_at, updated_at) VALUES (:id, :name, :slug, :now, :now);

-- name: store_update :expect(1) write
-- Compare-and-set on the version.
UPDATE commerce.store SET name = :name, slug = :slug, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;
