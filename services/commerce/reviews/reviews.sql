-- choice: state review_state

-- fragment: review_columns
id, product_id, customer_id, rating, title, text, state, reason, version, created_at, updated_at;

-- name: reviewed_product_get :get read row(product_for_review)
-- Whether the product is there, and whether the customer has received it.
SELECT EXISTS (SELECT 1 FROM commerce.orders o JOIN commerce.order_line l ON l.order_id = o.id
               WHERE o.customer_id = :customer_id? AND o.status IN ('delivered', 'collected') AND l.product_id = p.id) AS "received!"
FROM commerce.product p WHERE p.id = :id AND p.deleted_at IS NULL;

-- name: review_insert :exec write from(review)
-- A new review: pending, version 1. review_of_customer refuses a second one of the customer and product.
INSERT INTO commerce.review (id, product_id, customer_id, rating, title, text, state, created_at, updated_at)
VALUES (:id, :product_id, :customer_id, :rating, :title, :text?, :state, :created_at, :updated_at);

-- name: review_update :expect(1) write from(review)
-- Compare-and-set on the version.
UPDATE commerce.review
SET rating = :rating, title = :title, text = :text?, state = :state, reason = :reason?, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: review_get :get read row(review)
-- One review, in any state.
SELECT :{review_columns} FROM commerce.review WHERE id = :id;

-- name: own_review_get :get read row(review)
-- One review of the customer. A withdrawn one is treated as absent.
SELECT :{review_columns} FROM commerce.review WHERE id = :id AND customer_id = :customer_id AND state <> 'withdrawn';

-- name: product_reviews :page(-created_at, -id | -rating, -id | rating, id) slow row(review)
-- The published reviews of a product.
SELECT :{review_columns} FROM commerce.review
WHERE product_id = :product_id AND state = 'published' AND (:rating?::bigint IS NULL OR rating = :rating?);

-- name: reviews :page(-created_at, -id | updated_at, id) slow row(review)
-- The reviews of all products.
SELECT :{review_columns} FROM commerce.review
WHERE (:state?::text IS NULL OR state = :state?) AND (:product_id?::uuid IS NULL OR product_id = :product_id?);

-- name: product_rating_lock :exec write
-- Locks the aggregate. The statement behind it then sees all reviews of the product that were committed before.
INSERT INTO commerce.product_rating (product_id) VALUES (:product_id)
ON CONFLICT (product_id) DO UPDATE SET product_id = excluded.product_id;

-- name: product_rating_refresh :expect(1) write
-- Computes the aggregate anew, so an event that comes twice or late changes nothing.
UPDATE commerce.product_rating p
SET (count, average, stars_1, stars_2, stars_3, stars_4, stars_5, version) = (
    SELECT count(*), coalesce(round(avg(r.rating), 2), 0), count(*) FILTER (WHERE r.rating = 1), count(*) FILTER (WHERE r.rating = 2),
           count(*) FILTER (WHERE r.rating = 3), count(*) FILTER (WHERE r.rating = 4), count(*) FILTER (WHERE r.rating = 5), p.version + 1
    FROM commerce.review r WHERE r.product_id = p.product_id AND r.state = 'published')
WHERE p.product_id = :product_id;

-- name: product_rating_get :get read row(product_rating)
-- The aggregate; zeros when nobody has reviewed the product.
SELECT coalesce(r.count, 0) AS "count!", coalesce(r.average, 0) AS "average!", coalesce(r.stars_1, 0) AS "stars_1!",
       coalesce(r.stars_2, 0) AS "stars_2!", coalesce(r.stars_3, 0) AS "stars_3!", coalesce(r.stars_4, 0) AS "stars_4!",
       coalesce(r.stars_5, 0) AS "stars_5!"
FROM commerce.product p LEFT JOIN commerce.product_rating r ON r.product_id = p.id
WHERE p.id = :id AND p.deleted_at IS NULL;
