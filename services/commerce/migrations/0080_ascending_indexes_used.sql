-- migrate: expand
-- See 0079. A counter loses its keys to product and store: of an order that shares its commit with another of the same product they
-- were checked again each time, for PostgreSQL does so where the row was written by the same transaction. Counters are opened
-- beside both (stock_open), and neither is ever deleted.
DROP INDEX commerce.orders_by_age;
ALTER INDEX commerce.orders_placed RENAME TO orders_by_age;
ALTER TABLE commerce.stock DROP CONSTRAINT stock_product_id_fkey, DROP CONSTRAINT stock_store_id_fkey;
DROP INDEX commerce.stock_movement_product;
ALTER TABLE commerce.stock_movement DROP CONSTRAINT stock_movement_pkey,
    ADD CONSTRAINT stock_movement_pkey PRIMARY KEY USING INDEX stock_movement_ledger;
