-- migrate: expand
-- What was there before 0050 keeps to its limits as well: read without keeping anybody from writing.
ALTER TABLE commerce.product VALIDATE CONSTRAINT product_price_max;
ALTER TABLE commerce.order_line VALIDATE CONSTRAINT order_line_price_max, VALIDATE CONSTRAINT order_line_quantity_max;
ALTER TABLE commerce.orders VALIDATE CONSTRAINT orders_total_max;
