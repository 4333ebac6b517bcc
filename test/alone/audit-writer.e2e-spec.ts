import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { type Checkpoint, type Head } from '../../src/gateway/audit/record/event.js';
import { type AuditStore, AuditStoreError } from '../../src/gateway/audit/record/store.js';
import {
  allOf,
  anEvent,
  type AuditBench,
  auditBenches,
  type AuditPlace,
  eventOf,
  someAuditKeys,
  verifiedChains,
} from '../support/audit/audit-stores.js';
import { eventually } from '../support/basics/eventually.js';

const keys = someAuditKeys();

describe.each(auditBenches)('The writer of an audit log %s', (_, start) => {
  let bench: AuditBench;
  let place: AuditPlace;
  let store: AuditStore;
  const writers: AuditWriter[] = [];
  const published: [Checkpoint, Head][] = [];
  beforeAll(async () => void (bench = await start()), 120_000);
  beforeEach(async () => {
    place = await bench.place();
    store = await place.store();
    published.splice(0);
  });
  afterEach(async () => {
    for (const writer of writers.splice(0)) await writer.close();
    await place?.remove();
  });
  afterAll(() => bench?.close());

  const begin = async () => {
    const troubles: (string | null)[] = [];
    const writer = new AuditWriter({
      store: await place.store(),
      keys,
      onHealth: (trouble) => troubles.push(trouble),
      publish: (checkpoint, head) => published.push([checkpoint, head]),
      times: { againMs: 20, commitMs: 600 },
    });
    writers.push(writer);
    await writer.start();
    return { writer, troubles };
  };

  it('A chain has no gap and no wrong hash after 200 appends at once', async () => {
    const { writer } = await begin();
    const heads = (await Promise.all(Array.from({ length: 200 }, () => writer.append(anEvent())))) as Head[];
    expect(heads.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_each, index) => index + 2));
    expect([...(await verifiedChains(place.archive(), keys)).values()].map(({ seq }) => seq)).toEqual([201]);
  });

  it('A writer stores events that come one after another', async () => {
    const { writer } = await begin();
    for (let seq = 2; seq < 300; seq += 1) expect(await writer.append(anEvent())).toMatchObject({ seq });
  });

  it('Three writers that append at once have a whole chain each', async () => {
    const several = await Promise.all([begin(), begin(), begin()]);
    await Promise.all(
      several.flatMap(({ writer }) => Array.from({ length: 50 }, () => writer.append(anEvent()))),
    );
    expect([...(await verifiedChains(place.archive(), keys)).values()].map(({ seq }) => seq)).toEqual([
      51, 51, 51,
    ]);
  });

  it('A writer stores an event once that is appended twice, at once or later', async () => {
    const { writer } = await begin();
    const event = anEvent();
    const answers = await Promise.all([writer.append(event), writer.keep(event), writer.append(anEvent())]);
    expect(answers).toMatchObject([{ seq: 2 }, 'duplicate', { seq: 3 }]);
    expect(await writer.append(event)).toBe('duplicate');
    expect(await writer.append(anEvent())).toMatchObject({ seq: 4 });
  });

  it('A writer refuses while the store fails, then begins a chain that names the last one', async () => {
    const { writer, troubles } = await begin();
    const last = await writer.append(anEvent());
    const back = await place.away();
    await expect(writer.append(anEvent())).rejects.toThrow(AuditStoreError);
    expect(writer.isHealthy).toBe(false);
    await expect(writer.append(anEvent())).rejects.toThrow('cannot be written');
    await back();
    await eventually(() => writer.isHealthy || undefined);
    const head = (await writer.append(anEvent())) as Head;
    const first = (await allOf(place.archive()))
      .map(eventOf)
      .find(({ writer: of, seq }) => of === head.writer && seq === 1);
    expect(first).toMatchObject({ stage: 'writer', follows: [last] });
    expect(troubles).toEqual(['opening', null, expect.stringContaining('audit store'), null]);
    await verifiedChains(place.archive(), keys);
  });

  it('A writer keeps outcomes until the store works again', async () => {
    const { writer } = await begin();
    const back = await place.away();
    const kept = Array.from({ length: 5 }, () => anEvent({ stage: 'outcome' }));
    const stored = Promise.all(kept.map((event) => writer.keep(event)));
    await eventually(() => !writer.isHealthy || undefined);
    await back();
    for (const answer of await stored) expect(answer).toHaveProperty('hash');
    for (const { op_id, stage } of kept) expect(await store.find({ op_id, stage })).not.toBeNull();
    await verifiedChains(place.archive(), keys);
  });

  it('A writer that closes publishes a signed checkpoint with the heads of the chains', async () => {
    const { writer } = await begin();
    const head = (await writer.append(anEvent())) as Head;
    await writer.close();
    const [[checkpoint, by] = []] = published;
    expect(checkpoint?.heads).toEqual([head]);
    expect(by).toMatchObject({ writer: head.writer, seq: 3 });
    expect(keys.isSigned({ heads: checkpoint?.heads }, checkpoint?.signature ?? '')).toBe(true);
  });
});
