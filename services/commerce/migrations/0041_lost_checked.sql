-- migrate: expand
-- Reads all rows, and stops nobody meanwhile.
ALTER TABLE commerce.orders VALIDATE CONSTRAINT orders_status_check;
ALTER TABLE commerce.delivery VALIDATE CONSTRAINT delivery_state_check;
