-- migrate: expand
-- The catalogue: departments hold categories, categories hold products. Rows are retired by deleted_at, never removed,
-- because orders point at them.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE TABLE commerce.department (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    slug       text NOT NULL UNIQUE,
    rank       integer NOT NULL,
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE commerce.category (
    id            uuid PRIMARY KEY,
    department_id uuid NOT NULL REFERENCES commerce.department,
    name          text NOT NULL,
    slug          text NOT NULL UNIQUE,
    rank          integer NOT NULL,
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    deleted_at    timestamptz
);

CREATE INDEX category_department ON commerce.category (department_id, rank);

CREATE TABLE commerce.brand (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    slug       text NOT NULL UNIQUE,
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE commerce.product (
    id           uuid PRIMARY KEY,
    sku          text NOT NULL UNIQUE,
    name         text NOT NULL,
    description  text NOT NULL,
    category_id  uuid NOT NULL REFERENCES commerce.category,
    brand_id     uuid REFERENCES commerce.brand,
    unit         text NOT NULL,                              -- what one piece is: "500 g", "6 x 330 ml"
    price_minor  bigint NOT NULL CHECK (price_minor >= 0),   -- tax included
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    tax_rate_bp  integer NOT NULL CHECK (tax_rate_bp BETWEEN 0 AND 10000), -- hundredths of a percent
    featured     boolean NOT NULL DEFAULT false,
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    search       text NOT NULL GENERATED ALWAYS AS (lower(name || ' ' || sku || ' ' || description)) STORED
);

-- One index for each order a list can be asked in; the id makes every key unique.
CREATE INDEX product_by_name ON commerce.product (name, id) WHERE deleted_at IS NULL;
CREATE INDEX product_by_price ON commerce.product (price_minor, id) WHERE deleted_at IS NULL;
CREATE INDEX product_by_age ON commerce.product (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX product_by_category ON commerce.product (category_id) WHERE deleted_at IS NULL;
CREATE INDEX product_search ON commerce.product USING gin (search gin_trgm_ops);
