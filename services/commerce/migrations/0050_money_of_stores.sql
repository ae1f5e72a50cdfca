-- migrate: expand
-- A store sells in one currency, and asks what it likes for a delivery; what was there before asked 2.99 EUR below 50.00 EUR. The
-- numbers are those of domain/limits.h; 0051 holds what was there before to them, without a lock.
ALTER TABLE commerce.store
    ADD COLUMN currency            text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    ADD COLUMN delivery_fee_minor  bigint NOT NULL DEFAULT 299 CHECK (delivery_fee_minor BETWEEN 0 AND 1000000000),
    ADD COLUMN free_delivery_minor bigint DEFAULT 5000 CHECK (free_delivery_minor BETWEEN 0 AND 99901000000000); -- NULL: never free

-- A shop that has sold in another currency goes on in it: its products would not be shown otherwise.
UPDATE commerce.store SET currency = most.currency
FROM (SELECT currency FROM commerce.product WHERE deleted_at IS NULL GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1) AS most
WHERE store.currency <> most.currency;

ALTER TABLE commerce.product ADD CONSTRAINT product_price_max CHECK (price_minor <= 1000000000) NOT VALID;
ALTER TABLE commerce.order_line
    ADD CONSTRAINT order_line_price_max CHECK (unit_price_minor <= 1000000000) NOT VALID,
    ADD CONSTRAINT order_line_quantity_max CHECK (quantity <= 999) NOT VALID;
ALTER TABLE commerce.orders ADD CONSTRAINT orders_total_max CHECK (total_minor <= 99901000000000) NOT VALID;
