-- migrate: expand
-- Stock: a counter a product, whose constraints make overselling impossible, and an append-only ledger that the counters
-- must equal. Reservations say which order holds how much; expiry, consumption and release compare-and-set on 'active'.

CREATE TABLE commerce.stock (
    product_id uuid PRIMARY KEY REFERENCES commerce.product,
    on_hand    bigint NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved   bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    safety     bigint NOT NULL DEFAULT 0 CHECK (safety >= 0),
    version    bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CONSTRAINT stock_not_oversold CHECK (reserved <= on_hand)
) WITH (fillfactor = 50); -- every order updates a row of it: leave room for heap-only tuples

CREATE TABLE commerce.stock_movement (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id     uuid NOT NULL REFERENCES commerce.product,
    kind           text NOT NULL CHECK (kind IN ('receive', 'adjust', 'reserve', 'release', 'pick', 'ship', 'return',
                                                 'write_off', 'transfer_out', 'transfer_in', 'count')),
    on_hand_delta  bigint NOT NULL DEFAULT 0,
    reserved_delta bigint NOT NULL DEFAULT 0,
    order_id       uuid,
    actor          text NOT NULL, -- "worker", "staff:<id>", "seed"
    reason         text,
    at             timestamptz NOT NULL
);

CREATE INDEX stock_movement_product ON commerce.stock_movement (product_id, id DESC);
