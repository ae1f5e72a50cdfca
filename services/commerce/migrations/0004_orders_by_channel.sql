-- migrate: expand
-- For lists of one channel's orders. The shop's own are nearly all and need no index; the others are few among them.
CREATE INDEX orders_by_channel ON commerce.orders (channel, created_at DESC, id DESC) WHERE channel <> 'web';
