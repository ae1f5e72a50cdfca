-- migrate: expand
-- Keys that prove nothing (docs/decisions/0037): a row is written together with its order, which is inserted or changed by
-- compare-and-set in the same transaction; what is reserved or booked changes its counter there, and that keeps its key to the
-- product. No order and no product is ever deleted. The orders come first here as they do in all transactions that write.
LOCK TABLE commerce.orders IN ACCESS EXCLUSIVE MODE;
ALTER TABLE commerce.order_history DROP CONSTRAINT order_history_order_id_fkey;
ALTER TABLE commerce.order_line DROP CONSTRAINT order_line_order_id_fkey;
ALTER TABLE commerce.reservation DROP CONSTRAINT reservation_order_id_fkey, DROP CONSTRAINT reservation_product_id_fkey;
ALTER TABLE commerce.stock_movement DROP CONSTRAINT stock_movement_product_id_fkey;
ALTER TABLE commerce.payment DROP CONSTRAINT payment_order_id_fkey;
ALTER TABLE commerce.refund DROP CONSTRAINT refund_order_id_fkey;
ALTER TABLE commerce.delivery DROP CONSTRAINT delivery_order_id_fkey;
