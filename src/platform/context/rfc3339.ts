import { z } from 'zod';

/** A date of the calendar and a time of the day: no 30 February, no hour 24. RFC 3339 allows `t` and `z` in either case. */
const dateTime = new RegExp(z.regexes.datetime({ offset: true }).source, 'i');

/** An RFC 3339 date and time in UTC with milliseconds, so that texts compare as times do; null for any other text. */
export function inUtc(text: string): string | null {
  if (!dateTime.test(text)) return null;
  const utc = new Date(text).toISOString();
  // A year of more than four digits does not compare as text.
  return utc.length === 24 ? utc : null;
}

const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** Whether the text is written like an RFC 3339 date and time. The calendar is not checked. */
export function isLikeRfc3339(text: string): boolean {
  return shape.test(text);
}

/** RFC 3339, and the spellings that Cloudflare has used: a space for the T, `+00`, `+0000`, ` +0000 UTC`, no offset. */
const spelling =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(?: ?(?:(Z)|([+-]\d\d)(?::?(\d\d))?))?(?: ?(?:UTC|GMT))?$/i;

/** How Go writes a time that is not set. */
const notSet = '0001-01-01T00:00:00';

/** Cloudflare's date and time in RFC 3339, with all digits of its fraction; null if it cannot be read or is not set. */
export function rfc3339Of(text: string): string | null {
  const match = spelling.exec(text);
  if (!match) return null;
  const [, date, time, fraction = '', , hours = '+00', minutes = '00'] = match;
  const local = `${date}T${time}`;
  const offset = `${hours}:${minutes}`;
  const full = `${local}${fraction}${/^[+-]00:00$/.test(offset) ? 'Z' : offset}`;
  return local === notSet || !dateTime.test(full) ? null : full;
}
