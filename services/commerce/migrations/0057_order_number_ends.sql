-- migrate: expand
-- The index that keeps order numbers unique reads them from their end, which people read out; an order pays for no further
-- index. Here it is built, and orders are read meanwhile, but not placed; 0058 puts it in the place of the old one.
CREATE UNIQUE INDEX orders_number_ends ON commerce.orders (reverse(number) text_pattern_ops);
