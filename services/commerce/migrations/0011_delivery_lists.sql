-- migrate: expand
-- For lists of deliveries: a courier's by state, and those of a store that is not the main one, which has nearly all.
CREATE INDEX delivery_by_courier_state ON commerce.delivery (courier_id, state, created_at DESC, id DESC);
CREATE INDEX delivery_by_store ON commerce.delivery (store_id, created_at DESC, id DESC)
    WHERE store_id <> '01900000-0000-7000-8000-000000000001';
