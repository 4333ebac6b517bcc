import { createHash } from 'node:crypto';
import { type AuditKeys } from './keys.js';
import { type AuditStore } from './store.js';

/**
 * The log as NDJSON: a line for each record with its hash and its text as it stands, and a last line with how many there
 * were, the SHA-256 of the lines before it, and an Ed25519 signature over both.
 */
export async function* exported(
  store: AuditStore,
  keys: AuditKeys,
  range: { from?: string; to?: string },
): AsyncIterable<string> {
  const digest = createHash('sha256');
  let records = 0;
  for await (const batch of store.all(range)) {
    const lines = batch.map(({ hash, body }) => `{"hash":"${hash}","event":${body}}\n`).join('');
    digest.update(lines);
    records += batch.length;
    yield lines;
  }
  const said = { records, sha256: digest.digest('hex') };
  yield `${JSON.stringify({ ...said, signature: keys.sign(said) })}\n`;
}
