-- migrate: expand
-- The addresses people keep. A person's book is one row that every change of its addresses locks: so there are never more than
-- fifty, and one default at most, whatever happens at once.

CREATE TABLE commerce.address_book (
    customer_id uuid PRIMARY KEY,
    addresses   bigint NOT NULL CONSTRAINT address_book_limit CHECK (addresses BETWEEN 0 AND 50),
    default_id  uuid
);

CREATE TABLE commerce.address (
    id          uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES commerce.address_book,
    label       text,
    recipient   text NOT NULL,
    street      text NOT NULL,
    postal_code text NOT NULL,
    city        text NOT NULL,
    country     text NOT NULL,
    note        text,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE INDEX address_of_customer ON commerce.address (customer_id, id);
