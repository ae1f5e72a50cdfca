-- migrate: expand
-- For lists of orders that stay flat however many there are (docs/decisions/0023). What is few (a channel besides the shop's own,
-- a store besides the main one) pays for its own indexes; the others are paid for by all orders.
CREATE INDEX orders_by_status_total ON commerce.orders (status, total_minor, id);
-- Columns are included so that a day is read from the index alone.
CREATE INDEX orders_by_day_total ON commerce.orders (((created_at AT TIME ZONE 'UTC')::date), total_minor, id) INCLUDE (created_at, status);

CREATE INDEX orders_by_channel_status ON commerce.orders (channel, status, created_at DESC, id DESC) WHERE channel <> 'web';
CREATE INDEX orders_by_channel_total ON commerce.orders (channel, total_minor, id) WHERE channel <> 'web';

CREATE INDEX orders_by_store_status ON commerce.orders (store_id, status, created_at DESC, id DESC)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';
CREATE INDEX orders_by_store_total ON commerce.orders (store_id, total_minor, id)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';
