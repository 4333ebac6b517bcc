import { type IncomingHttpHeaders } from 'node:http';
import { type Receipt } from '../../../src/gateway/request/change.js';

/** The members in the order that the gateway gives them. A dictionary of RFC 9651 may have them in any. */
const form =
  /^writer="([0-9a-f-]{36})", seq=([1-9]\d*), hash="([0-9a-f]{64})"(?:, stage=(intent|late|not_sent))?$/;

/** What the header `Audit-Record` of an answer says; null without one. */
export function receiptIn(headers: IncomingHttpHeaders): Receipt | null {
  const given = headers['audit-record'];
  if (given === undefined) return null;
  const [whole, writer = '', seq, hash = '', stage = 'outcome'] = form.exec(String(given)) ?? [];
  if (whole === undefined) throw new Error(`Audit-Record is ${String(given)}`);
  return { writer, seq: Number(seq), hash, stage: stage as Receipt['stage'] };
}
