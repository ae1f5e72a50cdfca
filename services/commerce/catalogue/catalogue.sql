-- name: departments :page(rank, id) read row(department)
-- A page of the departments, in the order in which the shop shows them.
SELECT id, name, slug, rank FROM commerce.department WHERE deleted_at IS NULL;

-- name: categories :page(rank, id) read row(category)
-- A page of all categories, or of those of one department, in the order in which the shop shows them.
SELECT id, department_id, name, slug, rank
FROM commerce.category
WHERE deleted_at IS NULL AND (:department_id?::uuid IS NULL OR department_id = :department_id?);

-- name: brands :page(name, id) read row(brand)
-- A page of the brands.
SELECT id, name COLLATE "und-x-icu" AS "name!", slug FROM commerce.brand WHERE deleted_at IS NULL;

-- fragment: product_shown
-- A product, as the shop shows it, if its price is in the currency of the store.
SELECT p.id, p.sku, p.name COLLATE "und-x-icu" AS "name!", p.description, p.category_id, b.name AS brand, p.unit, p.price_minor AS "price.amount",
       p.currency AS "price.currency", p.featured, greatest(s.on_hand - s.reserved - s.safety, 0) AS "available!", p.created_at,
       coalesce(r.count, 0) AS "rating_count!", coalesce(r.average, 0) AS "rating_average!"
FROM commerce.product p
JOIN commerce.stock s ON s.product_id = p.id AND s.store_id = :store_id AND p.currency = (SELECT currency FROM commerce.store WHERE id = :store_id)
LEFT JOIN commerce.brand b ON b.id = p.brand_id
LEFT JOIN commerce.product_rating r ON r.product_id = p.id;

-- fragment: product_filters
-- The filters of a list.
p.deleted_at IS NULL
  AND (:category_id?::uuid IS NULL OR p.category_id = :category_id?)
  AND (:brand_id?::uuid IS NULL OR p.brand_id = :brand_id?)
  AND (:featured?::boolean IS NULL OR p.featured = :featured?)
  AND (:min_price?::bigint IS NULL OR p.price_minor >= :min_price?)
  AND (:max_price?::bigint IS NULL OR p.price_minor <= :max_price?)
  AND (:in_stock?::boolean IS NULL OR (s.on_hand - s.reserved - s.safety > 0) = :in_stock?);

-- name: product_get :get read row(product)
-- One product.
:{product_shown}
WHERE p.id = :id AND p.deleted_at IS NULL;

-- name: product_by_sku_get :get read row(product)
-- The same, by its SKU in any case.
:{product_shown}
WHERE lower(p.sku) = lower(:sku) AND p.deleted_at IS NULL;

-- name: products :page(name, id | price.amount, id | -price.amount, -id | -created_at, -id | price.amount, -created_at, -id) slow row(product) given(none | category_id)
-- A page of products.
:{product_shown}
WHERE :{product_filters};

-- name: products_found :page(name, id | price.amount, id | -price.amount, -id | -created_at, -id | price.amount, -created_at, -id) slow row(product)
-- A page of the products that have these words. Planned for each call: how many have them decides where to begin.
:{product_shown}
WHERE :{product_filters} AND p.words LIKE (stoa.search_patterns(:search))[1] AND p.words LIKE ALL (stoa.search_patterns(:search));
