import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AuditArchive,
  type AuditFilter,
  type AuditStore,
  AuditStoreError,
  type PageEnd,
} from '../../src/gateway/audit/record/store.js';
import { type StoredRecord } from '../../src/gateway/audit/record/record.js';
import {
  AChain,
  allOf,
  type AuditBench,
  auditBenches,
  type AuditPlace,
  eventOf,
  second,
} from '../support/audit/audit-stores.js';

describe.each(auditBenches)('Audit store %s', (_, start) => {
  let bench: AuditBench;
  let place: AuditPlace;
  let store: AuditStore;
  let archive: AuditArchive;
  let chain: AChain;
  beforeAll(async () => void (bench = await start()), 120_000);
  beforeEach(async () => {
    place = await bench.place();
    store = await place.store();
    archive = place.archive();
    chain = new AChain();
  });
  afterEach(() => place?.remove());
  afterAll(() => bench?.close());

  const put = async (...events: Parameters<AChain['several']>) =>
    expect(await store.append(chain.several(...events))).toBe('stored');
  const idsFound = async (filter: Omit<AuditFilter, 'zoneId'>, zoneId: string | null = 'zone') =>
    (await store.search({ zoneId, ...filter }, null, 100)).map((record) => eventOf(record).op_id);

  it('A store has the same records after it is opened again', async () => {
    const records = chain.several(
      { op_id: 'a' },
      {
        op_id: 'b',
        actor: { type: 'user', verified: true, user_agent: `"'; DROP TABLE audit_records; -- \\ 😀` },
      },
      // A name in a certificate may hold any character.
      { op_id: 'c', target: { zone_id: 'zone', hostnames: ['\u0000\u0001'] } },
    );
    expect(await store.append(records)).toBe('stored');
    await store.close();
    const again = await place.store();
    expect(await allOf(archive)).toEqual(
      records.map((record, index) => ({ ...record, position: index + 1 })),
    );
    expect(await again.find({ op_id: 'b', stage: 'intent' })).toEqual({ ...records[1], position: 2 });
    expect(await archive.damage()).toBeNull();
  });

  it('Three stores open a new log at the same time', async () => {
    const another = await bench.place();
    try {
      const stores = await Promise.all([another.store(), another.store(), another.store()]);
      const chains = stores.map(() => new AChain());
      await Promise.all(stores.map((each, index) => each.append([(chains[index] as AChain).add()])));
      expect(await allOf(another.archive())).toHaveLength(3);
    } finally {
      await another.remove();
    }
  });

  it('A store keeps all records of a batch or none, and appends again after it is opened', async () => {
    await put({ op_id: 'a' });
    const next = chain.add({ op_id: 'b' });
    const same = new AChain();
    same.head = { ...chain.head, seq: 0 };
    const clash = same.add({ op_id: 'c' });
    await expect(store.append([next, clash])).rejects.toThrow(AuditStoreError);
    await store.open();
    expect(await allOf(archive)).toHaveLength(1);
    expect(await store.append([next])).toBe('stored');
  });

  it('The error of a failed append names no value of a record', async () => {
    const record = chain.add({ op_id: 'canary-op', target: { zone_id: 'canary-zone' } });
    const failed = store.append([record, record]);
    await expect(failed).rejects.toThrow(AuditStoreError);
    await expect(failed).rejects.not.toThrow(/canary/);
  });

  it('An append of events that exist names them and stores nothing', async () => {
    await put({ op_id: 'a' }, { op_id: 'a', stage: 'outcome' }, { op_id: 'b' });
    const other = new AChain();
    const given = other.several({ op_id: 'new' }, { op_id: 'a', stage: 'outcome' }, { op_id: 'b' });
    const answer = await store.append(given);
    expect(answer).toEqual({
      duplicates: [
        { op_id: 'a', stage: 'outcome' },
        { op_id: 'b', stage: 'intent' },
      ],
    });
    expect(await store.find({ op_id: 'new', stage: 'intent' })).toBeNull();
    expect(await allOf(archive)).toHaveLength(3);
  });

  it('The heads are those of the chains that no other chain follows', async () => {
    expect(await store.heads()).toEqual([]);
    const [first, second_, third] = [new AChain(), new AChain(), new AChain()];
    await store.append(first.several({ stage: 'writer' }, {}, {}));
    await store.append(second_.several({ stage: 'writer', follows: [first.head] }, {}));
    expect(await store.heads()).toEqual([second_.head]);
    await store.append(third.several({ stage: 'writer', follows: [second_.head] }));
    expect(await store.heads()).toEqual([third.head]);
    // It was not dead: no chain follows the record that it adds now.
    await store.append([second_.add()]);
    const heads = await store.heads();
    expect(heads).toHaveLength(2);
    expect(heads).toEqual(expect.arrayContaining([second_.head, third.head]));
  });

  it('The heads are right with 300 chains', async () => {
    const chains = Array.from({ length: 300 }, () => new AChain());
    for (const each of chains) await store.append(each.several({ stage: 'writer' }, {}));
    const last = new AChain();
    const follows = chains.slice(1).map(({ head }) => head);
    await store.append([last.add({ stage: 'writer', follows })]);
    const heads = await store.heads();
    expect(heads).toHaveLength(2);
    expect(heads).toEqual(expect.arrayContaining([chains[0]?.head, last.head]));
  });

  it('A store finds the open intents, the oldest first', async () => {
    const idsOpen = async (before = second(100), most = 10) =>
      (await store.openIntents(before, most)).map((body) => eventOf({ body, hash: '' }).op_id);
    expect(await idsOpen()).toEqual([]);
    await put({ op_id: 'done', ts: second(1) }, { op_id: 'done', stage: 'outcome' });
    await put({ op_id: 'taken back', ts: second(1) }, { op_id: 'taken back', stage: 'not_sent' });
    await put({ op_id: 'denied', stage: 'denied', ts: second(1) });
    expect(await idsOpen()).toEqual([]);
    await put(
      { op_id: 'late', ts: second(3) },
      { op_id: 'early', ts: second(2) },
      { op_id: 'now', ts: second(9) },
    );
    expect(await idsOpen()).toEqual(['early', 'late', 'now']);
    expect(await idsOpen(second(9))).toEqual(['early', 'late']);
    expect(await idsOpen(second(9), 1)).toEqual(['early']);
    await put({ op_id: 'late', stage: 'outcome' });
    expect(await idsOpen()).toEqual(['early', 'now']);
    await put({ op_id: 'early', stage: 'outcome' }, { op_id: 'from before', ts: second(0) });
    expect(await idsOpen()).toEqual(['from before', 'now']);
  });

  const upload = { ts: second(1), request_id: 'r1', action: 'zone_certificate.upload' } as const;
  const actor = { type: 'user', verified: true, id: 'someone', fingerprint: 'fp_1' } as const;
  const status = 'failure' as const;
  const withoutTarget: object = { target: undefined };
  const aboutNoZone = { stage: 'access', action: 'access.change', ...withoutTarget } as const;
  it.each<[string, Omit<AuditFilter, 'zoneId'>, string[]]>([
    ['the zone alone', {}, ['d', 'c', 'b', 'a', 'a']],
    ['an action', { action: 'hostname.update' }, ['b']],
    ['an actor', { actor: 'fp_1' }, ['a', 'a']],
    ['a status', { status: 'failure' }, ['a']],
    ['a certificate', { target: 'certificate' }, ['c']],
    ['a hostname', { target: 'two.example.com' }, ['b']],
    ['a whole hostname, not a part of it', { target: 'example.com' }, []],
    ['a time from which', { since: second(3) }, ['d', 'c']],
    ['a time before which', { before: second(3) }, ['b', 'a', 'a']],
    ['a time between two', { since: second(2), before: second(3) }, ['b', 'a']],
    ['a request', { requestId: 'r1' }, ['a']],
    ['an incomplete operation', { incomplete: true }, ['c', 'b']],
    ['an explicit incomplete: false', { incomplete: false, requestId: 'r2' }, ['b']],
    ['several filters', { actor: 'fp_1', status: 'failure', before: second(9) }, ['a']],
    ['several filters without a common event', { actor: 'fp_1', requestId: 'r2' }, []],
  ])('A search finds events by %s', async (_name, filter, ids) => {
    await put(
      { ...upload, op_id: 'a', actor },
      { op_id: 'a', stage: 'outcome', ts: second(2), actor, result: { status } },
      {
        op_id: 'b',
        ts: second(2),
        request_id: 'r2',
        action: 'hostname.update',
        target: { zone_id: 'zone', hostnames: ['one.example.com', 'two.example.com'] },
      },
      { op_id: 'c', ts: second(3), target: { zone_id: 'zone', certificate_id: 'certificate' } },
      { op_id: 'd', ts: second(4) },
      { op_id: 'd', stage: 'not_sent', ts: second(4), target: { zone_id: 'another' } },
      { ...upload, op_id: 'e', actor, target: { zone_id: 'another' } },
    );
    expect(await idsFound(filter)).toEqual(ids);
  });

  it.each<[string, Omit<AuditFilter, 'zoneId'>, string[]]>([
    ['nothing', {}, ['none', 'two', 'one', 'one']],
    ['an action', { action: 'access.change' }, ['none']],
    ['an actor', { actor: 'fp_1' }, ['one']],
    ['a time from which', { since: second(3) }, ['none', 'two']],
    ['a time before which', { before: second(3) }, ['one', 'one']],
    ['an incomplete operation', { incomplete: true }, ['two']],
  ])('A search of all zones finds events by %s, and none that keep the log', async (_name, filter, ids) => {
    await put(
      { stage: 'writer', op_id: 'writer' },
      { ...upload, op_id: 'one', actor },
      { op_id: 'one', stage: 'outcome', ts: second(2) },
      { op_id: 'two', ts: second(3), target: { zone_id: 'another' } },
      { stage: 'checkpoint', op_id: 'checkpoint', ts: second(3) },
      { ...aboutNoZone, op_id: 'none', ts: second(4) },
    );
    expect(await idsFound(filter, null)).toEqual(ids);
  });

  it('Pages of all zones have each earlier event once while other events are appended', async () => {
    await put(...Array.from({ length: 9 }, (_each, index) => ({ op_id: `${index}`, ts: second(9 - index) })));
    const seen: string[] = [];
    let after: PageEnd | null = null;
    for (let pages = 0; pages < 9; pages += 1) {
      const page: StoredRecord[] = await store.search({ zoneId: null }, after, 4);
      const last = page.at(-1);
      if (!last) break;
      seen.push(...page.map((record) => eventOf(record).op_id));
      after = { ts: eventOf(last).ts, position: last.position };
      await put({ op_id: `later-${pages}` });
    }
    expect(seen).toEqual(Array.from({ length: 9 }, (_each, index) => `${8 - index}`));
  });

  it('Pages have each earlier event once while other events are appended', async () => {
    // Many events have the same time: the time alone does not show where a page ended.
    await put(
      ...Array.from({ length: 25 }, (_each, index) => ({ op_id: `${index}`, ts: second(index >> 3) })),
    );
    const seen: string[] = [];
    let after: PageEnd | null = null;
    for (let pages = 0; pages < 20; pages += 1) {
      const page: StoredRecord[] = await store.search({ zoneId: 'zone', before: second(3) }, after, 4);
      const last = page.at(-1);
      if (!last) break;
      seen.push(...page.map((record) => eventOf(record).op_id));
      after = { ts: eventOf(last).ts, position: last.position };
      await put({ ts: second(3) }, { ts: second(2), op_id: `late-${pages}` });
    }
    expect(seen).toEqual(Array.from({ length: 24 }, (_each, index) => `${23 - index}`));
  });

  it('The archive reads records by chain, all or those of a time range', async () => {
    const other = new AChain();
    for (let index = 0; index < 4; index += 1) {
      await put(...Array.from({ length: 200 }, () => ({ ts: second(index) })));
      await store.append(other.several(...Array.from({ length: 100 }, () => ({ ts: second(index) }))));
    }
    const events = (await allOf(archive)).map(eventOf);
    const names = [chain, other].map(({ head }) => head.writer).sort();
    const counts = names.map((writer) => (writer === other.head.writer ? 400 : 800));
    expect(events.map(({ writer }) => writer)).toEqual(
      names.flatMap((writer, index) => Array.from({ length: counts[index] ?? 0 }, () => writer)),
    );
    for (const [index, { seq }] of events.entries()) {
      expect(seq).toBe(index < (counts[0] ?? 0) ? index + 1 : index + 1 - (counts[0] ?? 0));
    }
    const some = await allOf(archive, { from: second(1), to: second(3) });
    expect(some).toHaveLength(600);
    for await (const first of archive.all()) {
      expect(first.length).toBeGreaterThan(0);
      break;
    }
    await put({});
  });

  it.each([
    "UPDATE audit_records SET hash = 'x'",
    'UPDATE audit_records SET body = body',
    'DELETE FROM audit_records',
  ])('The database refuses %s', async (sql) => {
    await put({}, {});
    const before = await allOf(archive);
    await expect(place.sql(sql)).rejects.toThrow();
    expect(await allOf(archive)).toEqual(before);
  });

  it('A prune removes records up to the heads given, and leaves the others and a tombstone', async () => {
    const [other, own] = [new AChain(), new AChain()];
    await put({ op_id: '1' }, { op_id: '2' });
    const upTo = [chain.head];
    await put({ op_id: '3' });
    await store.append(other.several({ op_id: '4' }));
    upTo.push(other.head);
    await store.append([own.add({ stage: 'writer', op_id: 'own' })]);
    await archive.prune(upTo, [own.add({ stage: 'tombstone', op_id: 'end' })]);
    const left = (await allOf(archive)).map(eventOf);
    expect(left.map(({ seq }) => seq).sort()).toEqual([1, 2, 3]);
    expect(left.map(({ stage }) => stage).sort()).toEqual(['intent', 'tombstone', 'writer']);
    expect(await idsFound({})).toEqual(['end', 'own', '3']);
    await expect(place.sql('DELETE FROM audit_records')).rejects.toThrow();
    // A position is not used again.
    await put({ op_id: '5' });
    expect((await store.find({ op_id: '5', stage: 'intent' }))?.position).toBeGreaterThan(6);
    expect(await archive.damage()).toBeNull();
  });

  it('A prune removes nothing where its tombstone cannot be stored', async () => {
    await put({ op_id: '1' }, { op_id: '2' });
    // It takes the place of one that stays.
    const same = new AChain();
    same.head = { ...chain.head, seq: 1 };
    await expect(archive.prune([same.head], [same.add({ stage: 'tombstone' })])).rejects.toThrow(
      AuditStoreError,
    );
    await store.open();
    expect(await allOf(archive)).toHaveLength(2);
    await expect(place.sql('DELETE FROM audit_records')).rejects.toThrow();
  });

  it('A role that is not the owner cannot prune', async () => {
    const guest = await place.guest();
    if (!guest) return;
    await put({ op_id: '1' });
    const own = new AChain();
    expect(await guest.store.append([own.add({ stage: 'writer' })])).toBe('stored');
    await expect(guest.archive.prune([chain.head], [own.add({ stage: 'tombstone' })])).rejects.toThrow(
      AuditStoreError,
    );
    expect(await allOf(archive)).toHaveLength(2);
  });
});
