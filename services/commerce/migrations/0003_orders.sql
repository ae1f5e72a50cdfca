-- migrate: expand
-- Orders. Status and version move together by compare-and-set; event_seq counts the order's events without a gap; the
-- history is the order's own diary. Prices, names and the address are copies: later edits do not reach them.

-- What commerce knows of a customer, kept from the events of accounts.
CREATE TABLE commerce.customer (
    id         uuid PRIMARY KEY,
    email      text NOT NULL,
    name       text NOT NULL,
    phone      text,
    seq        bigint NOT NULL, -- of the account's newest event applied
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX customer_email ON commerce.customer (lower(email));

CREATE TABLE commerce.orders (
    id                 uuid PRIMARY KEY,
    number             text NOT NULL CONSTRAINT orders_number UNIQUE,
    customer_id        uuid NOT NULL,
    status             text NOT NULL CHECK (status IN ('pending', 'on_hold', 'confirmed', 'picking', 'ready', 'assigned',
                                                       'picked_up', 'in_transit', 'delivery_failed', 'returning',
                                                       'delivered', 'collected', 'cancelled', 'rejected', 'expired',
                                                       'returned')),
    channel            text NOT NULL DEFAULT 'web',
    payment_method     text NOT NULL CHECK (payment_method IN ('cash', 'card')),
    payment_status     text NOT NULL CHECK (payment_status IN ('none', 'authorized', 'partially_paid', 'paid',
                                                               'partially_refunded', 'refunded', 'voided', 'failed',
                                                               'overpaid')),
    currency           text NOT NULL,
    subtotal_minor     bigint NOT NULL CHECK (subtotal_minor >= 0),
    delivery_fee_minor bigint NOT NULL CHECK (delivery_fee_minor >= 0),
    discount_minor     bigint NOT NULL CHECK (discount_minor >= 0),
    tax_minor          bigint NOT NULL CHECK (tax_minor >= 0),
    total_minor        bigint NOT NULL CHECK (total_minor >= 0),
    recipient          text NOT NULL,
    street             text NOT NULL,
    postal_code        text NOT NULL,
    city               text NOT NULL,
    country            text NOT NULL,
    address_note       text,
    note               text,
    status_reason      text,
    version            bigint NOT NULL DEFAULT 1,
    event_seq          bigint NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT orders_total CHECK (total_minor = subtotal_minor + delivery_fee_minor - discount_minor)
) WITH (fillfactor = 80);

CREATE INDEX orders_customer ON commerce.orders (customer_id, created_at DESC, id DESC);
CREATE INDEX orders_by_age ON commerce.orders (created_at DESC, id DESC);
CREATE INDEX orders_by_status ON commerce.orders (status, created_at DESC, id DESC);
CREATE INDEX orders_by_total ON commerce.orders (total_minor, id);

CREATE TABLE commerce.order_line (
    order_id         uuid NOT NULL REFERENCES commerce.orders,
    line_no          integer NOT NULL,
    product_id       uuid NOT NULL,
    sku              text NOT NULL,
    name             text NOT NULL,
    unit             text NOT NULL,
    quantity         bigint NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    total_minor      bigint NOT NULL CHECK (total_minor >= 0),
    substitution     text CHECK (substitution IN ('best_match', 'specific', 'refund', 'contact_me')),
    PRIMARY KEY (order_id, line_no)
);

CREATE TABLE commerce.order_history (
    order_id    uuid NOT NULL REFERENCES commerce.orders,
    seq         bigint NOT NULL, -- the order's version after the change
    from_status text,
    to_status   text NOT NULL,
    actor       text NOT NULL, -- "customer", "worker", "staff:<id>"
    reason      text,
    at          timestamptz NOT NULL,
    PRIMARY KEY (order_id, seq)
);

CREATE TABLE commerce.reservation (
    order_id   uuid NOT NULL REFERENCES commerce.orders,
    product_id uuid NOT NULL REFERENCES commerce.product,
    quantity   bigint NOT NULL CHECK (quantity > 0),
    state      text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'consumed', 'released', 'expired')),
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, product_id)
);

CREATE INDEX reservation_expiring ON commerce.reservation (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;
