-- migrate: expand
-- The products of a category by name: read from the index's place on, however many the category has. It serves all that
-- product_by_category did.
CREATE INDEX product_of_category ON commerce.product (category_id, name COLLATE "und-x-icu", id) WHERE deleted_at IS NULL;
DROP INDEX commerce.product_by_category;
