-- migrate: expand
-- Orders of before, then the indexes. Nobody who writes waits: what changes meanwhile stands in order_unlisted. All columns are
-- ascending, so that new rows come to the right end of an index; lists that begin with the newest read it backwards.
INSERT INTO commerce.order_listing (id, customer_id, store_id, channel, status, total_minor, created_at)
SELECT id, customer_id, store_id, channel, status, total_minor, created_at FROM commerce.orders;

ALTER TABLE commerce.order_listing ADD CONSTRAINT order_listing_pkey PRIMARY KEY (id);
CREATE INDEX order_listing_by_status ON commerce.order_listing (status, created_at, id);
CREATE INDEX order_listing_by_total ON commerce.order_listing (total_minor, id);
-- What a list filters by besides stands in the index it goes down, so that rows which are passed over are not fetched.
CREATE INDEX order_listing_by_status_total ON commerce.order_listing (status, total_minor, id) INCLUDE (created_at);
CREATE INDEX order_listing_by_day_total ON commerce.order_listing (((created_at AT TIME ZONE 'UTC')::date), total_minor, id)
    INCLUDE (created_at, status);

-- What is few: channels besides the shop's own, stores besides the main one.
CREATE INDEX order_listing_by_channel ON commerce.order_listing (channel, created_at, id) WHERE channel <> 'web';
CREATE INDEX order_listing_by_channel_status ON commerce.order_listing (channel, status, created_at, id) WHERE channel <> 'web';
CREATE INDEX order_listing_by_channel_total ON commerce.order_listing (channel, total_minor, id) INCLUDE (status, created_at)
    WHERE channel <> 'web';
CREATE INDEX order_listing_by_store ON commerce.order_listing (store_id, created_at, id)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';
CREATE INDEX order_listing_by_store_status ON commerce.order_listing (store_id, status, created_at, id)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';
CREATE INDEX order_listing_by_store_total ON commerce.order_listing (store_id, total_minor, id) INCLUDE (status, created_at)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';
