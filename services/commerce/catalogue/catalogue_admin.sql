-- choice: kind taxon_kind

-- fragment: admin_product
-- A product, as staff see it.
SELECT p.id, p.sku, p.name COLLATE "und-x-icu" AS "name!", p.description, p.category_id, p.brand_id, b.name AS brand, p.unit, p.price_minor AS "price.amount",
       p.currency AS "price.currency", p.tax_rate_bp, p.featured, p.version, p.created_at, p.updated_at, p.deleted_at
FROM commerce.product p
LEFT JOIN commerce.brand b ON b.id = p.brand_id;

-- fragment: admin_product_filters
-- The filters of the lists of products.
(p.deleted_at IS NOT NULL) = :deleted::boolean
  AND (:category_id?::uuid IS NULL OR p.category_id = :category_id?)
  AND (:brand_id?::uuid IS NULL OR p.brand_id = :brand_id?)
  AND (:featured?::boolean IS NULL OR p.featured = :featured?)
  AND (:search?::text IS NULL OR (p.words LIKE (stoa.search_patterns(:search?))[1] AND p.words LIKE ALL (stoa.search_patterns(:search?))));

-- fragment: product_parents
-- The category and the brand exist, and nobody can delete them before the product is stored.
WITH shelf AS (SELECT 1 FROM commerce.category WHERE id = :category_id AND deleted_at IS NULL FOR SHARE),
     maker AS (SELECT 1 FROM commerce.brand WHERE id = :brand_id? AND deleted_at IS NULL FOR SHARE);

-- name: admin_products :page(name, id | sku | -updated_at, -id) slow row(admin_product)
-- A page of products for staff. Planned for each call, with the given filters.
:{admin_product}
WHERE :{admin_product_filters};

-- name: admin_product_get :get read row(admin_product)
-- One product, also a deleted one.
:{admin_product}
WHERE p.id = :id;

-- name: product_insert :expect(1) write
-- A new product, if its category and brand exist. The constraint product_sku_key refuses a SKU that is taken.
:{product_parents}
INSERT INTO commerce.product (id, sku, name, description, category_id, brand_id, unit, price_minor, currency, tax_rate_bp, featured,
                              created_at, updated_at)
SELECT :id::uuid, :sku, :name, :description, :category_id, :brand_id?, :unit, :price.amount::bigint, :price.currency, :tax_rate_bp::bigint,
       :featured::boolean, :now, :now
FROM shelf
WHERE :brand_id?::uuid IS NULL OR EXISTS (SELECT FROM maker);

-- name: product_update :expect(1) write
-- Stores all columns of a product; compare-and-set on the version.
:{product_parents}
UPDATE commerce.product
SET sku = :sku, name = :name, description = :description, category_id = :category_id, brand_id = :brand_id?, unit = :unit,
    price_minor = :price.amount, currency = :price.currency, tax_rate_bp = :tax_rate_bp::bigint, featured = :featured, deleted_at = :deleted_at?,
    version = version + 1, updated_at = :now
FROM shelf
WHERE id = :id AND version = :version AND (:brand_id?::uuid IS NULL OR EXISTS (SELECT FROM maker));

-- name: product_stock_insert :exec write
-- The stock counter of a new product.
INSERT INTO commerce.stock (store_id, product_id, safety, low_at, updated_at) VALUES (:store_id, :product_id, :safety, :low_at, :now);

-- fragment: taxon_columns
id AS "id!", name COLLATE "und-x-icu" AS "name!", slug AS "slug!", rank, department_id, version AS "version!", created_at AS "created_at!",
updated_at AS "updated_at!", deleted_at;

-- name: taxons :page(name, id | -updated_at, -id) slow row(taxon)
-- A page of a kind.
SELECT :{taxon_columns}
FROM commerce.catalogue_group
WHERE kind = :kind AND (deleted_at IS NOT NULL) = :deleted::boolean
  AND (:department_id?::uuid IS NULL OR department_id = :department_id?)
  AND (:search?::text IS NULL OR stoa.folded(name || ' ' || slug) LIKE ALL (stoa.search_patterns(:search?)));

-- name: taxon_find :find read row(taxon)
-- One department, category or brand, also a deleted one.
SELECT :{taxon_columns} FROM commerce.catalogue_group WHERE kind = :kind AND id = :id;

-- name: taxon_lock :exec lock
-- Locks a department, category or brand, so that nothing can be added to it.
WITH d AS (SELECT id FROM commerce.department WHERE id = :id FOR UPDATE),
     c AS (SELECT id FROM commerce.category WHERE id = :id FOR UPDATE),
     b AS (SELECT id FROM commerce.brand WHERE id = :id FOR UPDATE)
SELECT id FROM d UNION ALL SELECT id FROM c UNION ALL SELECT id FROM b;

-- name: taxon_is_used :get lock
-- Whether something that is not deleted belongs to it; asked under its lock.
SELECT EXISTS (SELECT FROM commerce.category WHERE department_id = :id AND deleted_at IS NULL)
    OR EXISTS (SELECT FROM commerce.product WHERE category_id = :id AND deleted_at IS NULL)
    OR EXISTS (SELECT FROM commerce.product WHERE brand_id = :id AND deleted_at IS NULL) AS "used!";

-- name: department_insert :exec write
-- A new department. The constraint department_slug_key refuses a slug that is taken.
INSERT INTO commerce.department (id, name, slug, rank, created_at, updated_at) VALUES (:id, :name, :slug, :rank::bigint, :now, :now);

-- name: category_insert :expect(1) write
-- A new category, if its department exists and is not deleted meanwhile. The constraint category_slug_key refuses a slug that
-- is taken.
WITH home AS (SELECT 1 FROM commerce.department WHERE id = :department_id AND deleted_at IS NULL FOR SHARE)
INSERT INTO commerce.category (id, department_id, name, slug, rank, created_at, updated_at)
SELECT :id::uuid, :department_id, :name, :slug, :rank::bigint, :now, :now FROM home;

-- name: brand_insert :exec write
-- A new brand. The constraint brand_slug_key refuses a slug that is taken.
INSERT INTO commerce.brand (id, name, slug, created_at, updated_at) VALUES (:id, :name, :slug, :now, :now);

-- name: department_update :expect(1) write
-- Compare-and-set on the version.
UPDATE commerce.department SET name = :name, slug = :slug, rank = :rank::bigint, deleted_at = :deleted_at?, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: category_update :expect(1) write
-- The same, if its department exists and is not deleted meanwhile.
WITH home AS (SELECT 1 FROM commerce.department WHERE id = :department_id AND deleted_at IS NULL FOR SHARE)
UPDATE commerce.category
SET name = :name, slug = :slug, rank = :rank::bigint, department_id = :department_id, deleted_at = :deleted_at?, version = version + 1, updated_at = :now
FROM home
WHERE id = :id AND version = :version;

-- name: brand_update :expect(1) write
-- The same.
UPDATE commerce.brand SET name = :name, slug = :slug, deleted_at = :deleted_at?, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;
