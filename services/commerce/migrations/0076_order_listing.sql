-- migrate: expand
-- What lists of orders are read from (docs/decisions/0037): one narrow row an order, with the indexes that such lists need. It is
-- written in batches, some moments after the order; until then the order stands in order_unlisted, and lists look there as
-- well. The triggers make that so for all that write, releases from before this as well. Indexes follow in 0077, with the rows.
CREATE TABLE commerce.order_listing (
    id          uuid NOT NULL,
    customer_id uuid NOT NULL,
    store_id    uuid NOT NULL,
    channel     text NOT NULL,
    status      text NOT NULL,
    total_minor bigint NOT NULL,
    created_at  timestamptz NOT NULL
);

-- A row for each change: orders whose listing is old. Few, for they are taken out all the time.
CREATE TABLE commerce.order_unlisted (
    id uuid NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- Once a statement, however many orders it writes.
CREATE FUNCTION commerce.order_unlist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO commerce.order_unlisted (id) SELECT id FROM changed;
    RETURN NULL;
END
$$;
CREATE TRIGGER order_unlist_new AFTER INSERT ON commerce.orders REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION commerce.order_unlist();
CREATE TRIGGER order_unlist_changed AFTER UPDATE ON commerce.orders REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION commerce.order_unlist();
CREATE TRIGGER order_unlist_gone AFTER DELETE ON commerce.orders REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION commerce.order_unlist();
