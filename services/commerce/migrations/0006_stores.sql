-- migrate: expand
-- Stock is kept, and orders are served, by a store. What was there before belongs to the main one. Orders point at their store
-- without a foreign key: checking it would have all of them lock the one row of a busy store.

CREATE TABLE commerce.store (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    slug       text NOT NULL CONSTRAINT store_slug UNIQUE,
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

INSERT INTO commerce.store (id, name, slug, created_at, updated_at)
VALUES ('01900000-0000-7000-8000-000000000001', 'Main store', 'main', now(), now());

ALTER TABLE commerce.orders ADD COLUMN store_id uuid NOT NULL DEFAULT '01900000-0000-7000-8000-000000000001';
-- The main store has nearly all orders and needs no index of its own.
CREATE INDEX orders_by_store ON commerce.orders (store_id, created_at DESC, id DESC)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';

-- `id` names the counter of a product in a store where one word must do: as the aggregate of its events.
ALTER TABLE commerce.stock ADD COLUMN store_id uuid NOT NULL DEFAULT '01900000-0000-7000-8000-000000000001' REFERENCES commerce.store,
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
UPDATE commerce.stock SET id = product_id;
ALTER TABLE commerce.stock DROP CONSTRAINT stock_pkey, ADD CONSTRAINT stock_pkey PRIMARY KEY (product_id, store_id);

ALTER TABLE commerce.stock_movement ADD COLUMN store_id uuid NOT NULL DEFAULT '01900000-0000-7000-8000-000000000001';
DROP INDEX commerce.stock_movement_product;
CREATE INDEX stock_movement_product ON commerce.stock_movement (product_id, store_id, id DESC);
