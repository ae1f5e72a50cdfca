-- migrate: expand
-- Money as records: what was authorised, captured, voided or failed is only ever added to; a refund goes from pending to settled
-- or failed. The order carries their sums, as stock carries the sums of its ledger, and with them its payment_status: written in
-- the transaction of the record, by compare-and-set on the order's version.

CREATE TABLE commerce.payment (
    order_id     uuid NOT NULL REFERENCES commerce.orders,
    seq          bigint NOT NULL, -- of the order's event that tells of it
    kind         text NOT NULL CHECK (kind IN ('authorized', 'captured', 'voided', 'failed')),
    method       text NOT NULL CHECK (method IN ('cash', 'card')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL,
    provider     text NOT NULL, -- "instant", "manual", "cash"
    reference    text NOT NULL, -- the provider's name for it
    actor        text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (order_id, seq),
    CONSTRAINT payment_reference UNIQUE (provider, reference)
);

CREATE TABLE commerce.refund (
    id           uuid PRIMARY KEY,
    order_id     uuid NOT NULL REFERENCES commerce.orders,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL,
    reason       text,
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'settled', 'failed')),
    provider     text NOT NULL,
    actor        text NOT NULL, -- who asked for it
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);

CREATE INDEX refund_order ON commerce.refund (order_id, created_at, id);

ALTER TABLE commerce.orders
    ADD COLUMN payment_provider text,
    ADD COLUMN authorized_minor bigint NOT NULL DEFAULT 0 CHECK (authorized_minor >= 0),
    ADD COLUMN captured_minor   bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
    ADD COLUMN voided_minor     bigint NOT NULL DEFAULT 0 CHECK (voided_minor >= 0),
    ADD COLUMN refunding_minor  bigint NOT NULL DEFAULT 0 CHECK (refunding_minor >= 0),
    ADD COLUMN refunded_minor   bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    ADD COLUMN payment_failures bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT orders_not_over_refunded CHECK (refunding_minor + refunded_minor <= captured_minor);
