-- migrate: expand
-- See 0057. Until the old release has ended, its searches for a whole number read the whole table.
ALTER TABLE commerce.orders DROP CONSTRAINT orders_number;
ALTER INDEX commerce.orders_number_ends RENAME TO orders_number;
