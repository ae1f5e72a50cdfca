-- migrate: expand
-- An index that grows at its right end splits no page in the middle. The ledger is read by product and store only, so one index
-- does for that and for its key. While they are built, orders are read, but neither placed nor confirmed; 0080 puts them in the
-- places of the old ones.
CREATE INDEX orders_placed ON commerce.orders (created_at, id);
CREATE UNIQUE INDEX stock_movement_ledger ON commerce.stock_movement (product_id, store_id, id);
