import { type DatabaseSync } from 'node:sqlite';
import { type ChainedEvent } from '../../../src/gateway/audit/record/event.js';
import {
  type AuditRecord,
  canonical,
  chainedIn,
  type StoredRecord,
} from '../../../src/gateway/audit/record/record.js';
import { withDatabase } from './audit-stores.js';
import { type Random } from '../basics/random.js';

/** Changes an open log. Returns the names that a verification may report: the record before, the record now, or its position. */
export type Tampering = (db: DatabaseSync, log: LogToTamper, random: Random) => readonly string[];

export interface LogToTamper {
  readonly records: readonly StoredRecord[];
  /** Records of this log that were pruned. */
  readonly pruned: readonly AuditRecord[];
  /** Records of an installation with other keys. */
  readonly foreign: readonly AuditRecord[];
}

export function recordsIn(path: string): StoredRecord[] {
  return withDatabase(path, (db) =>
    db.prepare('SELECT position, body, hash FROM audit_records ORDER BY position').all(),
  ) as unknown as StoredRecord[];
}

/** Removes triggers, unique indexes and checks of columns, as the owner of the file can. */
export function lift(path: string): void {
  withDatabase(path, (db) => {
    db.exec('PRAGMA journal_mode = DELETE');
    for (const name of ['stay', 'last', 'only_added']) db.exec(`DROP TRIGGER audit_records_${name}`);
    for (const name of ['chain', 'name']) db.exec(`DROP INDEX audit_records_${name}`);
    db.enableDefensive(false);
    db.exec('PRAGMA writable_schema = ON');
    db.exec(`UPDATE sqlite_schema SET sql = replace(replace(sql, 'NOT NULL AS', 'AS'), 'STRICT', '')`);
  });
}

export function nameOf({ writer, seq }: { writer: unknown; seq: unknown }): string {
  return `record ${String(seq)} of chain ${String(writer)}`;
}

const edit: Tampering = (db, { records }, random) => {
  const record = random.of(records);
  const body = editedText(record.body, random);
  db.prepare('UPDATE audit_records SET body = ? WHERE position = ?').run(body, record.position);
  return namesOf(record, { body, position: record.position });
};

const editHash: Tampering = (db, { records }, random) => {
  const record = random.of(records);
  const at = random.below(record.hash.length);
  const digit = record.hash.charAt(at) === '0' ? '1' : '0';
  const hash = random.of([
    record.hash.slice(0, at) + digit + record.hash.slice(at + 1),
    record.hash.slice(0, at),
    `${record.hash} `,
    random.of(records.filter((other) => other !== record)).hash,
  ]);
  db.prepare('UPDATE audit_records SET hash = ? WHERE position = ?').run(hash, record.position);
  return namesOf(record);
};

const remove: Tampering = (db, { records }, random) => {
  const record = random.of(records);
  db.prepare('DELETE FROM audit_records WHERE position = ?').run(record.position);
  return namesOf(record);
};

const swap: Tampering = (db, { records }, random) => {
  const [one, other] = twoOf(records, random);
  put(db, one.position, other);
  put(db, other.position, one);
  return namesOf(one, other);
};

const swapWithSeq: Tampering = (db, { records }, random) => {
  const [one, other] = twoOf(records, random);
  const [first, second] = [eventOf(one), eventOf(other)];
  const bodies = [
    canonical({ ...second, seq: first.seq, writer: first.writer }),
    canonical({ ...first, seq: second.seq, writer: second.writer }),
  ] as const;
  put(db, one.position, { body: bodies[0], hash: other.hash });
  put(db, other.position, { body: bodies[1], hash: one.hash });
  return namesOf(one, other);
};

const move: Tampering = (db, { records }, random) => {
  const record = random.of(records);
  const chain = records.filter((each) => eventOf(each).writer === eventOf(record).writer);
  const last = records.at(-1)?.position ?? 0;
  const isLast = chain.length > 1 && chain.at(-1) === record;
  const position = isLast ? -random.below(10) : last + 1 + random.below(10);
  db.prepare('UPDATE audit_records SET position = ? WHERE position = ?').run(position, record.position);
  return namesOf(record);
};

const duplicate: Tampering = (db, { records }, random) => {
  const record = random.of(records);
  add(db, record);
  return namesOf(record);
};

const forge: Tampering = (db, { records }, random) => {
  const like = random.of(records);
  const event = eventOf(like);
  const body = canonical({
    ...event,
    op_id: `${event.op_id.slice(0, -4)}0000`,
    seq: event.seq + random.of([0, 1, 1000]),
    prev: like.hash,
    ...random.of([{}, { kid: 'none' }, { writer: 'nobody', seq: 1, prev: '', stage: 'writer' as const }]),
  });
  add(db, { body, hash: random.of(records).hash });
  return namesOf({ body });
};

const copyForeign: Tampering = (db, { foreign }, random) => {
  const some = foreign.slice(0, 1 + random.below(foreign.length));
  some.forEach((record) => add(db, record));
  return namesOf(...some);
};

const replay: Tampering = (db, { pruned }, random) => {
  const from = random.below(pruned.length);
  const some = pruned.slice(from, from + 1 + random.below(3));
  some.forEach((record) => add(db, record));
  return namesOf(...some);
};

export const tamperings: readonly [name: string, times: number, tampering: Tampering][] = [
  ['edited', 400, edit],
  ['given another hash', 100, editHash],
  ['deleted', 100, remove],
  ['swapped with another', 100, swap],
  ['swapped with another, with its place in the chain', 60, swapWithSeq],
  ['moved to another position', 40, move],
  ['duplicated', 60, duplicate],
  ['forged', 60, forge],
  ['copied from another log', 40, copyForeign],
  ['pruned and put back', 40, replay],
];

function put(db: DatabaseSync, position: number, { body, hash }: AuditRecord): void {
  db.prepare('UPDATE audit_records SET body = ?, hash = ? WHERE position = ?').run(body, hash, position);
}

function add(db: DatabaseSync, { body, hash }: AuditRecord): void {
  db.prepare('INSERT INTO audit_records (body, hash) VALUES (?, ?)').run(body, hash);
}

/** Two records of one chain: the order between two chains that were written at the same time is not recorded. */
function twoOf(records: readonly StoredRecord[], random: Random): [StoredRecord, StoredRecord] {
  for (;;) {
    const one = random.of(records);
    const chain = records.filter((each) => each !== one && eventOf(each).writer === eventOf(one).writer);
    if (chain.length > 0) return [one, random.of(chain)];
  }
}

function namesOf(...records: { readonly body: string; readonly position?: number }[]): string[] {
  return records.flatMap(({ body, position }) => {
    const event = chainedIn(body);
    return [...(event ? [nameOf(event)] : []), `the record at position ${position}`];
  });
}

function eventOf({ body }: AuditRecord): ChainedEvent {
  return JSON.parse(body) as ChainedEvent;
}

/** Another text: a member at any depth is changed, removed or added, or only the notation differs. */
function editedText(text: string, random: Random): string {
  for (;;) {
    const edited = random.below(5) === 0 ? editedAsText(text, random) : editedAsJson(text, random);
    if (edited !== text) return edited;
  }
}

function editedAsText(text: string, random: Random): string {
  const at = random.below(text.length);
  const event = JSON.parse(text) as object;
  return random.of([
    `${text} `,
    JSON.stringify(event, null, 1),
    JSON.stringify(Object.fromEntries(Object.entries(event).reverse())),
    text.slice(0, at) + String.fromCharCode(33 + random.below(94)) + text.slice(at + 1),
    text.slice(0, at),
    text.slice(0, at) + text.slice(at + 1),
    '',
  ]);
}

function editedAsJson(text: string, random: Random): string {
  const event = JSON.parse(text) as object;
  const places = placesIn(event);
  const [holder, key] = random.of(places);
  switch (random.below(4)) {
    case 0:
      // Removes the member. In an array, the members after it move up.
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      break;
    case 1:
      Reflect.set(holder, Array.isArray(holder) ? holder.length : `${key}x`, random.of(['', 1, null]));
      break;
    default:
      Reflect.set(holder, key, another(Reflect.get(holder, key), random));
  }
  return canonical(event);
}

function placesIn(holder: object): [holder: object, key: string][] {
  return Object.entries(holder).flatMap(([key, value]) => [
    [holder, key],
    ...(typeof value === 'object' && value !== null ? placesIn(value as object) : []),
  ]);
}

function another(value: unknown, random: Random): unknown {
  if (typeof value === 'string') {
    const at = random.below(value.length + 1);
    return random.of([`${value.slice(0, at)}x${value.slice(at + 1)}`, '', value.toUpperCase(), null, 7]);
  }
  if (typeof value === 'number') return random.of([value + 1, value - 1, -value, value + 0.5, `${value}`]);
  if (typeof value === 'boolean') return random.of([!value, null, `${value}`]);
  return random.of(['x', 0, [], {}, null]);
}
