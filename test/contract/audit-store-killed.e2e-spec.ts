import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditKeys } from '../../src/gateway/audit/record/keys.js';
import { loadKeyRing } from '../../src/platform/keys/key-ring.js';
import { runAuditProcess } from '../support/audit/audit-process.js';
import { allOf, eventOf, sqlitePlace, verifiedChains } from '../support/audit/audit-stores.js';

// `npm run test:audit-store-killed` has the full size.
const kills = Number(process.env['AUDIT_STORE_KILLS'] ?? 6);

let place: ReturnType<typeof sqlitePlace>;
beforeEach(() => void (place = sqlitePlace()));
afterEach(() => place.remove());

describe('Processes that append and are killed', () => {
  it('Each of several killed processes has stored all records that it acknowledged', async () => {
    const keysPath = join(place.folder, 'keys.json');
    const keys = new AuditKeys(loadKeyRing(keysPath, { mayCreate: true }).ring);
    const acknowledged: string[] = [];
    for (let round = 0; round < kills; round += 1) {
      const child = runAuditProcess(writing(place.path, keysPath, 10 + round * 7));
      await child.said('enough');
      await child.kill();
      acknowledged.push(...child.lines().filter((line) => line !== 'enough'));
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(kills * 10);
    const store = await place.store();
    const found = new Set((await allOf(place.archive())).map((record) => eventOf(record).op_id));
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    expect((await verifiedChains(place.archive(), keys)).size).toBe(kills);
    expect(await store.heads()).toHaveLength(1);
    expect(await place.archive().damage()).toBeNull();
  }, 120_000);
});

/** Eight callers at a time, who say what was acknowledged; says when it is enough, and does not stop. */
function writing(path: string, keysPath: string, enough: number): string {
  return `
    const { randomUUIDv7 } = await import('node:crypto');
    const { SqliteStore } = await load('gateway/audit/sqlite/store');
    const { AuditWriter } = await load('gateway/audit/log/writer');
    const { AuditKeys } = await load('gateway/audit/record/keys');
    const { loadKeyRing } = await load('platform/keys/key-ring');
    const store = new SqliteStore({ path: ${JSON.stringify(path)} });
    const keys = new AuditKeys(loadKeyRing(${JSON.stringify(keysPath)}, { mayCreate: false }).ring);
    const writer = new AuditWriter({ store, keys, onHealth() {}, publish() {} });
    await writer.start();
    let count = 0;
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (;;) {
        const op_id = randomUUIDv7();
        await writer.append({ op_id, stage: 'intent', ts: new Date().toISOString() });
        say(op_id);
        count += 1;
        if (count === ${enough}) say('enough');
      }
    }));`;
}
