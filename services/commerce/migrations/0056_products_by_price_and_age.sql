-- migrate: expand
-- For sort=price,-created_at: of one price the newest first.
CREATE INDEX product_by_price_and_age ON commerce.product (price_minor, created_at DESC, id DESC) WHERE deleted_at IS NULL;
