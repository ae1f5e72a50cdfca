-- migrate: expand
-- Reviews: what customers say of products that they received. The version counts the changes and numbers the events.

CREATE TABLE commerce.review (
    id          uuid PRIMARY KEY,
    product_id  uuid NOT NULL REFERENCES commerce.product,
    customer_id uuid NOT NULL,
    rating      smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title       text NOT NULL,
    text        text,
    state       text NOT NULL CHECK (state IN ('pending', 'published', 'rejected', 'withdrawn')),
    reason      text, -- of the last decision
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX review_of_customer ON commerce.review (customer_id, product_id) WHERE state <> 'withdrawn';
CREATE INDEX review_of_product ON commerce.review (product_id, state, created_at, id);
CREATE INDEX review_of_product_by_rating ON commerce.review (product_id, state, rating, id);
CREATE INDEX review_by_age ON commerce.review (created_at, id);
CREATE INDEX review_by_state ON commerce.review (state, updated_at, id);

-- The aggregate of a product's published reviews, maintained from their events.
CREATE TABLE commerce.product_rating (
    product_id uuid PRIMARY KEY REFERENCES commerce.product,
    count      bigint NOT NULL DEFAULT 0,
    average    double precision NOT NULL DEFAULT 0, -- two decimals
    stars_1    bigint NOT NULL DEFAULT 0,
    stars_2    bigint NOT NULL DEFAULT 0,
    stars_3    bigint NOT NULL DEFAULT 0,
    stars_4    bigint NOT NULL DEFAULT 0,
    stars_5    bigint NOT NULL DEFAULT 0,
    version    bigint NOT NULL DEFAULT 0
);
