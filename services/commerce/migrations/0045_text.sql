-- migrate: expand
-- A SKU is one whatever its case is, names are sorted as an alphabet has them, and searched without case and accents. Until the
-- old release has ended, its searches read the whole table. Stops where two SKUs differ in case only: rename one, run it again.
CREATE UNIQUE INDEX product_sku_folded ON commerce.product (lower(sku));
CREATE INDEX product_by_sku ON commerce.product (sku);
CREATE INDEX product_by_alphabet ON commerce.product (name COLLATE "und-x-icu", id) WHERE deleted_at IS NULL;
CREATE INDEX brand_by_alphabet ON commerce.brand (name COLLATE "und-x-icu", id) WHERE deleted_at IS NULL;
ALTER TABLE commerce.product DROP CONSTRAINT product_sku_key;
ALTER INDEX commerce.product_sku_folded RENAME TO product_sku_key;
DROP INDEX commerce.product_search;
ALTER TABLE commerce.product
    ADD COLUMN words text NOT NULL GENERATED ALWAYS AS (stoa.folded(name || ' ' || sku || ' ' || description)) STORED;
CREATE INDEX product_words ON commerce.product USING gin (words gin_trgm_ops);
