-- name: departments_list :many read
-- All departments, in the order in which the shop shows them.
SELECT id, name, slug FROM commerce.department WHERE deleted_at IS NULL ORDER BY rank, id;

-- name: categories_list :many read
-- All categories, or those of one department.
SELECT id, department_id, name, slug
FROM commerce.category
WHERE deleted_at IS NULL AND (:department_id?::uuid IS NULL OR department_id = :department_id?)
ORDER BY rank, id;

-- name: brands_list :many read
-- All brands, sorted by name.
SELECT id, name, slug FROM commerce.brand WHERE deleted_at IS NULL ORDER BY name, id;

-- fragment: product_shown
-- A product, as the shop shows it. Its version identifies everything that is shown: the number of product changes, then those
-- of its stock and of its brand. Each only grows while the product keeps its brand.
SELECT p.id AS "id!", p.sku AS "sku!", p.name AS "name!", p.description AS "description!", p.category_id AS "category_id!",
       b.name AS brand, p.unit AS "unit!", p.price_minor AS "price_minor!", p.currency AS "currency!",
       p.featured AS "featured!", greatest(s.on_hand - s.reserved - s.safety, 0) AS "available!", p.created_at AS "created_at!",
       (p.version << 40) + s.version + coalesce(b.version, 0) AS "version!"
FROM commerce.product p
JOIN commerce.stock s ON s.product_id = p.id AND s.store_id = :store_id
LEFT JOIN commerce.brand b ON b.id = p.brand_id;

-- fragment: product_filters
-- The filters of a list. A search is a case-insensitive LIKE pattern over name, SKU and description.
p.deleted_at IS NULL
  AND (:category_id?::uuid IS NULL OR p.category_id = :category_id?)
  AND (:brand_id?::uuid IS NULL OR p.brand_id = :brand_id?)
  AND (:search?::text IS NULL OR p.search LIKE lower(:search?))
  AND (:featured?::boolean IS NULL OR p.featured = :featured?)
  AND (:min_price?::bigint IS NULL OR p.price_minor >= :min_price?)
  AND (:max_price?::bigint IS NULL OR p.price_minor <= :max_price?)
  AND (:in_stock?::boolean IS NULL OR (s.on_hand - s.reserved - s.safety > 0) = :in_stock?);

-- name: product_find :find read row(product)
-- One product.
:{product_shown}
WHERE p.id = :id AND p.deleted_at IS NULL;

-- name: product_by_sku :find read
-- The id of the product with a SKU.
SELECT id FROM commerce.product WHERE sku = :sku AND deleted_at IS NULL;

-- name: products_by_name :many read row(product)
-- A page of products, by name. The position is always given; that of the first page is before all rows, so every plan can start
-- at it in the index.
:{product_shown}
WHERE :{product_filters}
  AND (p.name, p.id) > (:after_name::text, :after_id::uuid)
ORDER BY p.name, p.id
LIMIT :row_limit::bigint;

-- name: products_by_price :many read row(product)
-- The same, cheapest first.
:{product_shown}
WHERE :{product_filters}
  AND (p.price_minor, p.id) > (:after_price::bigint, :after_id::uuid)
ORDER BY p.price_minor, p.id
LIMIT :row_limit::bigint;

-- name: products_by_price_down :many read row(product)
-- The same, most expensive first.
:{product_shown}
WHERE :{product_filters}
  AND (p.price_minor, p.id) < (:after_price::bigint, :after_id::uuid)
ORDER BY p.price_minor DESC, p.id DESC
LIMIT :row_limit::bigint;

-- name: products_by_age :many read row(product)
-- The same, newest first.
:{product_shown}
WHERE :{product_filters}
  AND (p.created_at, p.id) < (:after_created::timestamptz, :after_id::uuid)
ORDER BY p.created_at DESC, p.id DESC
LIMIT :row_limit::bigint;
