-- migrate: expand
-- Couriers and deliveries: one job an order, moved in the order's own write sets so that the two always agree. A courier answers
-- for a job by an assignment, of which one at most is active by constraint; his load counts those. Proofs are never changed.

-- What commerce knows of a courier, kept from the events of accounts, and how he works.
CREATE TABLE commerce.courier (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    phone       text,
    seq         bigint NOT NULL, -- of the account's newest event applied
    available   boolean NOT NULL DEFAULT false,
    capacity    bigint NOT NULL DEFAULT 3 CHECK (capacity BETWEEN 1 AND 20),
    load        bigint NOT NULL DEFAULT 0 CONSTRAINT courier_load CHECK (load >= 0), -- active assignments
    latitude    double precision, -- the newest position kept
    longitude   double precision,
    position_at timestamptz,
    version     bigint NOT NULL DEFAULT 1, -- of available and capacity
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE commerce.courier_position (
    courier_id uuid NOT NULL REFERENCES commerce.courier,
    at         timestamptz NOT NULL,
    latitude   double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude  double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    accuracy   double precision NOT NULL, -- metres; 0: not told
    PRIMARY KEY (courier_id, at)
);

CREATE INDEX courier_position_by_age ON commerce.courier_position (at);

CREATE TABLE commerce.delivery (
    id             uuid PRIMARY KEY,
    order_id       uuid NOT NULL CONSTRAINT delivery_of_order UNIQUE REFERENCES commerce.orders,
    store_id       uuid NOT NULL,
    state          text NOT NULL CHECK (state IN ('unassigned', 'assigned', 'en_route_to_pickup', 'arrived_at_pickup', 'picked_up',
                                                  'en_route_to_dropoff', 'arrived_at_dropoff', 'delivered', 'failed', 'returning',
                                                  'returned', 'cancelled')),
    courier_id     uuid REFERENCES commerce.courier, -- who has it, or had it last
    attempts       bigint NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 3),
    failure        text, -- why the last attempt failed
    pin            text NOT NULL CHECK (pin ~ '^[0-9]{4}$'),
    pin_tries      bigint NOT NULL DEFAULT 0 CHECK (pin_tries BETWEEN 0 AND 5), -- wrong ones
    version        bigint NOT NULL DEFAULT 1,
    event_seq      bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT delivery_has_courier CHECK (courier_id IS NOT NULL OR state IN ('unassigned', 'cancelled'))
) WITH (fillfactor = 80);

CREATE INDEX delivery_by_age ON commerce.delivery (created_at DESC, id DESC);
CREATE INDEX delivery_by_state ON commerce.delivery (state, created_at DESC, id DESC);
CREATE INDEX delivery_by_courier ON commerce.delivery (courier_id, created_at DESC, id DESC);

CREATE TABLE commerce.delivery_assignment (
    id          uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES commerce.delivery,
    courier_id  uuid NOT NULL REFERENCES commerce.courier,
    by_actor    text NOT NULL, -- "staff:<id>"
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    ended_by    text, -- the step that ended it: deliver, unassign, drop, receive, cancel
    CONSTRAINT delivery_assignment_end CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

CREATE UNIQUE INDEX delivery_assignment_active ON commerce.delivery_assignment (delivery_id) WHERE ended_at IS NULL;
CREATE INDEX delivery_assignment_of_delivery ON commerce.delivery_assignment (delivery_id, id);
CREATE INDEX delivery_assignment_of_courier ON commerce.delivery_assignment (courier_id) WHERE ended_at IS NULL;

CREATE TABLE commerce.delivery_history (
    delivery_id uuid NOT NULL REFERENCES commerce.delivery,
    seq         bigint NOT NULL, -- the delivery's version after the change
    from_state  text,
    to_state    text NOT NULL,
    step        text NOT NULL,
    actor       text NOT NULL, -- "staff:<id>", "courier:<id>", "customer"
    reason      text,
    at          timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, seq)
);

CREATE TABLE commerce.delivery_proof (
    id           uuid PRIMARY KEY,
    delivery_id  uuid NOT NULL REFERENCES commerce.delivery,
    courier_id   uuid NOT NULL REFERENCES commerce.courier,
    step         text NOT NULL CHECK (step IN ('deliver', 'fail')),
    kind         text NOT NULL CHECK (kind IN ('pin', 'photo', 'signature', 'barcode')),
    value        text, -- of a barcode
    content      bytea,
    content_type text,
    sha256       bytea NOT NULL CHECK (length(sha256) = 32), -- of the content, or of what was said
    latitude     double precision,
    longitude    double precision,
    reason       text,
    at           timestamptz NOT NULL,
    CONSTRAINT delivery_proof_content CHECK ((content IS NULL) = (content_type IS NULL) AND length(content) <= 524288)
);

CREATE INDEX delivery_proof_of_delivery ON commerce.delivery_proof (delivery_id, id);

CREATE FUNCTION commerce.delivery_proof_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a proof of delivery is never changed' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER delivery_proof_stands BEFORE UPDATE OR DELETE ON commerce.delivery_proof
    FOR EACH ROW EXECUTE FUNCTION commerce.delivery_proof_stands();
CREATE TRIGGER delivery_proof_stays BEFORE TRUNCATE ON commerce.delivery_proof
    FOR EACH STATEMENT EXECUTE FUNCTION commerce.delivery_proof_stands();

-- What waits at the counter already gets its job. Orders further on were moved there by hand and have none.
INSERT INTO commerce.delivery (id, order_id, store_id, state, pin, created_at, updated_at)
SELECT gen_random_uuid(), id, store_id, 'unassigned', lpad(floor(random() * 10000)::integer::text, 4, '0'), updated_at, updated_at
FROM commerce.orders WHERE status = 'ready';
INSERT INTO commerce.delivery_history (delivery_id, seq, to_state, step, actor, at)
SELECT id, 1, 'unassigned', 'create', 'worker', created_at FROM commerce.delivery;
