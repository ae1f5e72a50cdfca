-- SPDX-License-Identifier: Apache-2.0
-- The peer's own schema.

CREATE TABLE product (
  id          bigint PRIMARY KEY,
  sku         text NOT NULL UNIQUE,
  name        text NOT NULL,
  category    text NOT NULL,
  price_minor bigint NOT NULL CHECK (price_minor >= 0),
  currency    char(3) NOT NULL
);
CREATE INDEX product_category_id ON product (category, id);

CREATE TABLE stock (
  product_id bigint PRIMARY KEY REFERENCES product,
  on_hand    int NOT NULL,
  reserved   int NOT NULL DEFAULT 0,
  CHECK (reserved BETWEEN 0 AND on_hand)
);

CREATE TABLE orders (
  id          uuid PRIMARY KEY,
  customer_id bigint NOT NULL,
  status      text NOT NULL,
  total_minor bigint NOT NULL,
  currency    char(3) NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_line (
  order_id         uuid NOT NULL REFERENCES orders,
  product_id       bigint NOT NULL REFERENCES product,
  quantity         int NOT NULL CHECK (quantity > 0),
  unit_price_minor bigint NOT NULL,
  PRIMARY KEY (order_id, product_id)
);

CREATE TABLE order_history (
  order_id    uuid NOT NULL REFERENCES orders,
  from_status text,
  to_status   text NOT NULL,
  at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_history_order ON order_history (order_id);
