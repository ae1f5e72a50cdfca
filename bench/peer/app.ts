// SPDX-License-Identifier: Apache-2.0
// The API. Each process listens on the same port (SO_REUSEPORT), as Elysia's guide to deploying has it.
import { jwt } from '@elysiajs/jwt';
import { Elysia, t } from 'elysia';
import { createOrder, getOrder, getProduct, listProducts, newRedis } from './db';

const redis = newRedis();
await redis.connect();

const authed = new Elysia({ name: 'auth' })
  .use(jwt({ name: 'jwt', secret: process.env.JWT_SECRET!, alg: 'HS256' }))
  .derive({ as: 'scoped' }, async ({ jwt, headers, status }) => {
    const h = headers.authorization;
    const claims = h?.startsWith('Bearer ') ? await jwt.verify(h.slice(7)) : false;
    if (!claims) return status(401, { error: 'unauthorized' });
    if (claims.role !== 'customer') return status(403, { error: 'forbidden' });
    return { customer: Number(claims.sub) };
  })
  .get('/api/orders/:id', async ({ params, customer, status }) =>
    (await getOrder(params.id, customer)) ?? status(404, { error: 'not found' }),
  { params: t.Object({ id: t.String({ format: 'uuid' }) }) })
  .post('/api/orders', async ({ body, customer, status }) => {
    const o = await createOrder(redis, customer, body.lines);
    return o ? status(201, o) : status(422, { error: 'unknown or repeated product' });
  }, {
    body: t.Object({
      lines: t.Array(t.Object({
        product_id: t.Integer({ minimum: 1 }),
        quantity: t.Integer({ minimum: 1, maximum: 1000 }),
      }), { minItems: 1, maxItems: 50 }),
    }),
  });

new Elysia()
  .onError(({ code, error, status }) => {
    if (code === 'VALIDATION' || code === 'PARSE') return status(400, { error: 'invalid request' });
    if (code === 'NOT_FOUND') return status(404, { error: 'not found' });
    console.error(error);
    return status(500, { error: 'internal error' });
  })
  .get('/health', () => ({ status: 'ok' }))
  .get('/api/products/:id', async ({ params, status }) =>
    (await getProduct(params.id)) ?? status(404, { error: 'not found' }),
  { params: t.Object({ id: t.Integer({ minimum: 1 }) }) })
  .get('/api/products', ({ query }) => listProducts(query.category, query.after, query.limit), {
    query: t.Object({
      category: t.String({ minLength: 1, maxLength: 64 }),
      limit: t.Integer({ minimum: 1, maximum: 100, default: 20 }),
      after: t.Integer({ minimum: 0, default: 0 }),
    }),
  })
  .use(authed)
  .listen({ port: Number(process.env.PORT), hostname: '127.0.0.1', reusePort: true });
