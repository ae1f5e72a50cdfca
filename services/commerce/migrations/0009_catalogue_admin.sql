-- migrate: expand
-- For staff who keep the catalogue: departments, categories and brands look alike to them, and lists of what changed last
-- hold what is deleted as well.
CREATE VIEW commerce.catalogue_group AS
    SELECT 'department' AS kind, id, name, slug, rank::bigint AS rank, NULL::uuid AS department_id, version, created_at, updated_at, deleted_at
    FROM commerce.department
    UNION ALL
    SELECT 'category', id, name, slug, rank::bigint, department_id, version, created_at, updated_at, deleted_at FROM commerce.category
    UNION ALL
    SELECT 'brand', id, name, slug, NULL, NULL, version, created_at, updated_at, deleted_at FROM commerce.brand;

CREATE INDEX product_by_update ON commerce.product (updated_at DESC, id DESC);
CREATE INDEX product_by_brand ON commerce.product (brand_id) WHERE deleted_at IS NULL AND brand_id IS NOT NULL;
