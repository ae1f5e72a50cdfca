-- migrate: expand
-- An order whose goods are lost after the pick-up ends as `lost`, and its delivery with it. 0041 holds the checks against the
-- rows of before: here the tables are locked, and each row would be read.
ALTER TABLE commerce.orders DROP CONSTRAINT orders_status_check,
    ADD CONSTRAINT orders_status_check CHECK (status IN ('pending', 'on_hold', 'confirmed', 'picking', 'ready', 'assigned',
                                                         'picked_up', 'in_transit', 'delivery_failed', 'returning', 'delivered',
                                                         'collected', 'cancelled', 'rejected', 'expired', 'returned', 'lost'))
    NOT VALID;
ALTER TABLE commerce.delivery DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (state IN ('unassigned', 'assigned', 'en_route_to_pickup', 'arrived_at_pickup',
                                                         'picked_up', 'en_route_to_dropoff', 'arrived_at_dropoff', 'delivered',
                                                         'failed', 'returning', 'returned', 'lost', 'cancelled')) NOT VALID;
