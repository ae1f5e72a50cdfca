-- migrate: expand
-- Orders that are fetched from the store: without an address, and with a code that whoever fetches them shows. Their address columns
-- are empty, which releases from before this read as an address without words.
ALTER TABLE commerce.orders
    ADD COLUMN fulfilment   text NOT NULL DEFAULT 'delivery' CHECK (fulfilment IN ('delivery', 'pickup')),
    ADD COLUMN pickup_code  text,
    ADD COLUMN pickup_tries bigint NOT NULL DEFAULT 0 CHECK (pickup_tries BETWEEN 0 AND 5),
    ADD CONSTRAINT orders_pickup_code CHECK ((pickup_code IS NOT NULL) = (fulfilment = 'pickup'));
