import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { StoredRecord } from '../../record/record.js';
import type { AuditFilter, EventName, PageEnd } from '../../record/store.js';
import type { SqlitePlace } from './connection.ts';
import { json } from './schema.ts';

const open = `stage = 'intent' AND NOT EXISTS (
    SELECT 1 FROM audit_records AS end WHERE end.op_id = intent.op_id AND end.stage IN ('outcome', 'not_sent'))`;

const filtered = `
  AND (:action IS NULL OR action = :action)
  AND (:actor IS NULL OR actor = :actor)
  AND (:status IS NULL OR status = :status)
  AND (:requestId IS NULL OR request_id = :requestId)
  AND (:target IS NULL OR certificate_id = :target
    OR EXISTS (SELECT 1 FROM json_each(${json}, '$.target.hostnames') WHERE value = :target))
  AND (NOT :incomplete OR (${open}))`;

const ofZone = `
SELECT position, body, hash FROM audit_records AS intent
WHERE zone_id = :zoneId AND ts >= :since AND (ts, position) < (:endTs, :endPosition) ${filtered}
ORDER BY ts DESC, position DESC LIMIT :most`;

/** By position: there is no index of all times. */
const ofAll = `
SELECT position, body, hash FROM audit_records AS intent
WHERE stage NOT IN ('writer', 'checkpoint', 'tombstone')
  AND ts >= :since AND ts < :before AND position < :endPosition ${filtered}
ORDER BY position DESC LIMIT :most`;

/** Sorts after every time. */
const never = '~';

/** Searches the log on a read-only connection, opened at the first call. */
export class SqliteReader {
  private readonly place: SqlitePlace;
  private readonly prepared = new Map<string, StatementSync>();
  private db: DatabaseSync | null = null;
  /** All intents up to this position have ended. */
  private settled = 0;

  constructor(place: SqlitePlace) {
    this.place = place;
  }

  search(filter: AuditFilter, after: PageEnd | null, most: number): StoredRecord[] {
    const { zoneId, since = '', before = never, incomplete = false } = filter;
    const { action = null, actor = null, status = null, requestId = null, target = null } = filter;
    const same = { action, actor, status, requestId, target, since, incomplete: Number(incomplete), most };
    if (zoneId === null) {
      const endPosition = after?.position ?? Number.MAX_SAFE_INTEGER;
      return this.statement(ofAll).all({ ...same, before, endPosition }) as unknown as StoredRecord[];
    }
    // Positions begin at 1.
    const end = after && after.ts < before ? after : { ts: before, position: 0 };
    const bounds = { zoneId, endTs: end.ts, endPosition: end.position };
    return this.statement(ofZone).all({ ...same, ...bounds }) as unknown as StoredRecord[];
  }

  find({ op_id, stage }: EventName): StoredRecord | null {
    const sql = 'SELECT position, body, hash FROM audit_records WHERE op_id = ? AND stage = ?';
    return (this.statement(sql).get(op_id, stage) as unknown as StoredRecord | undefined) ?? null;
  }

  openIntents(before: string, most: number): string[] {
    const last = this.statement(`SELECT max(position) AS position FROM audit_records WHERE stage = 'intent'`);
    const first = this.statement(
      `SELECT position FROM audit_records AS intent WHERE ${open} AND position > ? ORDER BY position LIMIT 1`,
    );
    // In this order, because an intent that is stored between the two statements has a position after the last.
    const lastIntent = Number(last.get()?.['position'] ?? 0);
    const firstOpen = Number(first.get(this.settled)?.['position'] ?? lastIntent + 1);
    this.settled = Math.max(this.settled, firstOpen - 1);
    const found = this.statement(
      `SELECT body FROM audit_records AS intent WHERE ${open} AND position > ? AND ts < ?
       ORDER BY ts, position LIMIT ?`,
    ).all(this.settled, before, most);
    return found.map(({ body }) => String(body));
  }

  close(): void {
    this.letGo();
  }

  letGo(): void {
    this.prepared.clear();
    this.db?.close();
    this.db = null;
    // The next connection may be to another file.
    this.settled = 0;
  }

  private statement(sql: string): StatementSync {
    this.db ??= new DatabaseSync(this.place.path, { readOnly: true, timeout: this.place.busyMs });
    const prepared = this.prepared.get(sql) ?? this.db.prepare(sql);
    this.prepared.set(sql, prepared);
    return prepared;
  }
}
