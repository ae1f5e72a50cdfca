-- migrate: expand
-- What a list filters by besides stands in the index it goes down, so that rows which are passed over are not fetched.
DROP INDEX commerce.orders_by_status_total;
CREATE INDEX orders_by_status_total ON commerce.orders (status, total_minor, id) INCLUDE (created_at);
DROP INDEX commerce.orders_by_channel_total;
CREATE INDEX orders_by_channel_total ON commerce.orders (channel, total_minor, id) INCLUDE (status, created_at) WHERE channel <> 'web';
DROP INDEX commerce.orders_by_store_total;
CREATE INDEX orders_by_store_total ON commerce.orders (store_id, total_minor, id) INCLUDE (status, created_at)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';
