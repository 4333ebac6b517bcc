import { type PageEnd } from '../../gateway/audit/record/store.js';
import { inUtc } from '../../platform/context/rfc3339.js';

const form = /^a1:(\S+) ([1-9]\d{0,15})$/;

/** Names the event that the next page begins after, so it stays valid while events arrive. */
export function cursorOf({ ts, position }: PageEnd): string {
  return Buffer.from(`a1:${ts} ${position}`).toString('base64url');
}

/** Null where the text is not a cursor. */
export function pageEndOf(cursor: string): PageEnd | null {
  const [, ts = '', digits] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const end = { ts, position: Number(digits) };
  const isOurs = inUtc(ts) === ts && Number.isSafeInteger(end.position) && cursorOf(end) === cursor;
  return isOurs ? end : null;
}
