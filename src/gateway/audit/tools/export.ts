import { createHash } from 'node:crypto';
import { type AuditKeys } from '../record/keys.js';
import { lineOf } from '../record/record.js';
import { type AuditArchive, type Range } from '../record/store.js';

/**
 * The log as NDJSON: a line for each record with its hash and its text unchanged, and a last line with the number of
 * records, the SHA-256 of the lines before it, and an Ed25519 signature over both.
 */
export async function* exported(archive: AuditArchive, keys: AuditKeys, range: Range) {
  const digest = createHash('sha256');
  let records = 0;
  for await (const batch of archive.all(range)) {
    const lines = batch.map(lineOf).join('');
    digest.update(lines);
    records += batch.length;
    yield lines;
  }
  const said = { records, sha256: digest.digest('hex') };
  yield `${JSON.stringify({ ...said, signature: keys.sign(said) })}\n`;
}
