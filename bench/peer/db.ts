// SPDX-License-Identifier: Apache-2.0
// Domain and data access: Bun.sql, and Redis Streams over Bun's Redis client.
import { RedisClient, SQL } from 'bun';

const { PGHOST, PGUSER, PGDATABASE, PGPORT = '5432', POOL = '12', REDIS_URL } = process.env;
export const sql = new SQL({
  adapter: 'postgres',
  path: `${PGHOST}/.s.PGSQL.${PGPORT}`,
  username: PGUSER,
  database: PGDATABASE,
  max: Number(POOL),
});
export const newRedis = () => new RedisClient(REDIS_URL);
export const STREAM = 'orders';
export const GROUP = 'worker';
export const DEAD = 'orders:dead';

export const publish = (redis: RedisClient, orderId: string) =>
  redis.send('XADD', [STREAM, 'MAXLEN', '~', '100000', '*', 'type', 'order.created', 'orderId', orderId]);

// Bun.sql returns bigint columns as strings.
const product = (r: any) => ({ ...r, id: Number(r.id), price_minor: Number(r.price_minor) });

export async function getProduct(id: number) {
  const rows = await sql`SELECT id, sku, name, category, price_minor, currency FROM product WHERE id = ${id}`;
  return rows.length ? product(rows[0]) : undefined;
}

export async function listProducts(category: string, after: number, limit: number) {
  const rows = await sql`SELECT id, sku, name, category, price_minor, currency FROM product
    WHERE category = ${category} AND id > ${after} ORDER BY id LIMIT ${limit}`;
  const items = rows.map(product);
  return { items, next: items.length === limit ? items[items.length - 1].id : null };
}

export async function getOrder(id: string, customer: number) {
  const rows = await sql`SELECT o.id, o.customer_id, o.status, o.total_minor, o.currency, o.created_at,
      l.product_id, l.quantity, l.unit_price_minor
    FROM orders o JOIN order_line l ON l.order_id = o.id
    WHERE o.id = ${id} AND o.customer_id = ${customer} ORDER BY l.product_id`;
  if (rows.length === 0) return undefined;
  const { status, total_minor, currency, created_at } = rows[0];
  const lines = rows.map((r: any) => ({
    product_id: Number(r.product_id), quantity: r.quantity, unit_price_minor: Number(r.unit_price_minor),
  }));
  return { id, customer_id: customer, status, total_minor: Number(total_minor), currency, created_at, lines };
}

type Line = { product_id: number; quantity: number };

// Returns undefined when a product is unknown, repeated or in another currency.
export async function createOrder(redis: RedisClient, customer: number, lines: Line[]) {
  const ids = lines.map((l) => l.product_id);
  const rows = await sql`SELECT id, price_minor, currency FROM product WHERE id = ANY(${sql.array(ids, 'BIGINT')})`;
  if (rows.length !== lines.length || rows.some((r: any) => r.currency !== rows[0].currency)) return undefined;
  const price = new Map<number, number>(rows.map((r: any) => [Number(r.id), Number(r.price_minor)]));
  const prices = ids.map((i) => price.get(i)!);
  const quantities = lines.map((l) => l.quantity);
  const total_minor = prices.reduce((sum, p, i) => sum + p * quantities[i], 0);
  const order = { id: crypto.randomUUID() as string, status: 'pending', total_minor, currency: rows[0].currency };
  // An array of queries is pipelined on the transaction's connection.
  await sql.begin((tx) => [
    tx`INSERT INTO orders (id, customer_id, status, total_minor, currency)
       VALUES (${order.id}, ${customer}, 'pending', ${total_minor}, ${order.currency})`,
    tx`INSERT INTO order_line (order_id, product_id, quantity, unit_price_minor)
       SELECT ${order.id}, * FROM unnest(${sql.array(ids, 'BIGINT')}, ${sql.array(quantities, 'INT')}, ${sql.array(prices, 'BIGINT')})`,
    tx`INSERT INTO order_history (order_id, from_status, to_status) VALUES (${order.id}, ${null}, 'pending')`,
  ]);
  await publish(redis, order.id);
  return order;
}

class OutOfStock extends Error {}

// Reserves stock for a pending order; a repeated delivery is a no-op.
export async function confirmOrder(id: string) {
  try {
    await sql.begin(async (tx) => {
      const rows = await tx`SELECT o.status, l.product_id, l.quantity
        FROM orders o JOIN order_line l ON l.order_id = o.id
        WHERE o.id = ${id} ORDER BY l.product_id FOR UPDATE OF o`;
      if (rows.length === 0 || rows[0].status !== 'pending') return;
      const done = await Promise.all(rows.map((l: any) =>
        tx`UPDATE stock SET reserved = reserved + ${l.quantity}
           WHERE product_id = ${l.product_id} AND on_hand - reserved >= ${l.quantity}`));
      if (done.some((r: any) => r.count !== 1)) throw new OutOfStock();
      await finish(tx, id, 'confirmed');
    });
  } catch (e) {
    if (!(e instanceof OutOfStock)) throw e;
    await sql.begin((tx) => finish(tx, id, 'rejected'));
  }
}

const finish = (tx: any, id: string, status: string) => Promise.all([
  tx`UPDATE orders SET status = ${status} WHERE id = ${id} AND status = 'pending'`,
  tx`INSERT INTO order_history (order_id, from_status, to_status) VALUES (${id}, 'pending', ${status})`,
]);
