import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach } from '@jest/globals';
import { AuditWriter } from '../../../src/gateway/audit/log/writer.js';
import { type AuditEvent } from '../../../src/gateway/audit/record/event.js';
import { AuditKeys } from '../../../src/gateway/audit/record/keys.js';
import { SqliteStore } from '../../../src/gateway/audit/sqlite/store.js';
import { auditCli } from '../../../src/gateway/audit/tools/commands.js';
import { initKeyRing, loadKeyRing } from '../../../src/platform/keys/key-ring.js';
import { allOf, anEvent, sqlitePlace } from './audit-stores.js';

/** A log in a file with its key ring, and what its gateways printed: new for each test of a file. */
export class AuditCliPlace {
  readonly place = sqlitePlace();
  readonly keysFile = join(this.place.folder, 'keys.json');
  readonly printedFile = join(this.place.folder, 'printed.log');
  readonly printed = ['{"msg":"listening","url":"http://127.0.0.1:1"}', 'no JSON at all'];

  constructor() {
    initKeyRing(this.keysFile);
  }

  keys(): AuditKeys {
    return new AuditKeys(loadKeyRing(this.keysFile, { mayCreate: false }).ring);
  }

  /** What a gateway does between its start and its end. */
  async aChainOf(...events: Partial<AuditEvent>[]): Promise<void> {
    const writer = new AuditWriter({
      store: new SqliteStore({ path: this.place.path }),
      keys: this.keys(),
      onHealth: () => undefined,
      publish: (checkpoint, head) =>
        this.printed.push(JSON.stringify({ level: 30, checkpoint, ...head, msg: 'audit checkpoint' })),
    });
    await writer.start();
    for (const event of events) await writer.append(anEvent({ ts: new Date().toISOString(), ...event }));
    await writer.close();
    writeFileSync(this.printedFile, this.printed.join('\n'));
  }

  audit(...args: string[]) {
    const environment = { AUDIT_URL: `file:${this.place.path}`, KEYS_FILE: this.keysFile, PORT: 'no port' };
    return this.auditWith(environment, ...args);
  }

  async auditWith(environment: Record<string, string>, ...args: string[]) {
    const [output, errors] = [collecting(), collecting()];
    const code = await auditCli(args, output.stream, errors.stream, environment);
    return { code, output: output.text(), errors: errors.text() };
  }

  ofTexts() {
    return allOf(this.place.archive());
  }
}

/** Gives the place of the running test. */
export function auditCliPlaces(): () => AuditCliPlace {
  let at: AuditCliPlace;
  beforeEach(() => void (at = new AuditCliPlace()));
  afterEach(() => at.place.remove());
  return () => at;
}

function collecting() {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}
