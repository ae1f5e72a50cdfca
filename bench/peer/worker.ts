// SPDX-License-Identifier: Apache-2.0
// The worker, a consumer of a group: up to 50 orders in flight, retries by XCLAIM, dead letters after 5 tries.
import { DEAD, GROUP, STREAM, confirmOrder, newRedis } from './db';

const LIMIT = 50;
const reader = newRedis(); // blocked in XREADGROUP
const redis = newRedis();
const name = `w${process.pid}`;
try {
  await redis.send('XGROUP', ['CREATE', STREAM, GROUP, '0', 'MKSTREAM']);
} catch (e: any) {
  if (!String(e.message).includes('BUSYGROUP')) throw e;
}

let inFlight = 0;
let wake: (() => void) | undefined;

async function handle(id: string, fields: string[]) {
  inFlight++;
  try {
    await confirmOrder(fields[fields.indexOf('orderId') + 1]);
    await redis.send('XACK', [STREAM, GROUP, id]);
  } catch (e) {
    console.error('order failed', id, e); // stays pending: claimed again below
  } finally {
    inFlight--;
    wake?.();
  }
}

async function reclaim() {
  const pending = (await redis.send('XPENDING', [STREAM, GROUP, 'IDLE', '5000', '-', '+', '100'])) as any[];
  for (const [id, , idle, tries] of pending) {
    if (idle < 1000 * 2 ** tries) continue;
    const got = (await redis.send('XCLAIM', [STREAM, GROUP, name, '5000', id])) as any[];
    if (!got.length) continue;
    if (tries < 5) { await handle(id, got[0][1]); continue; }
    await redis.send('XADD', [DEAD, '*', ...got[0][1]]);
    await redis.send('XACK', [STREAM, GROUP, id]);
  }
}
setInterval(() => reclaim().catch(console.error), 5000);

for (;;) {
  while (LIMIT - inFlight < LIMIT / 2) await new Promise<void>((r) => { wake = r; });
  const res: any = await reader.send('XREADGROUP', [
    'GROUP', GROUP, name, 'COUNT', String(LIMIT - inFlight), 'BLOCK', '2000', 'STREAMS', STREAM, '>']);
  const entries = res ? (Array.isArray(res) ? res[0][1] : res[STREAM]) : [];
  for (const [id, fields] of entries) void handle(id, fields);
}
