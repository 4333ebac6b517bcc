/** RFC 3339, and what Cloudflare has been seen to write: a space for the T, `+00`, `+0000`, ` +0000 UTC`, no zone. */
const spelling =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(?: ?(?:(Z)|([+-]\d\d)(?::?(\d\d))?))?(?: ?(?:UTC|GMT))?$/i;

/** What Go writes where there is no time. */
const notSet = '0001-01-01T00:00:00';

/** A date and time of Cloudflare's in RFC 3339, all its fractions kept; null where it cannot be read, or is not set. */
export function rfc3339Of(text: string): string | null {
  const [, date, time, fraction = '', , hours = '+00', minutes = '00'] = spelling.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const local = `${date}T${time}`;
  const offset = `${hours}:${minutes}`;
  const zone = /^[+-]00:00$/.test(offset) ? 'Z' : offset;
  if (local === notSet || !isInCalendar(local) || Number.isNaN(Date.parse(local + zone))) return null;
  return `${local}${fraction}${zone}`;
}

/** `Date` takes the 30th of February for a day in March. */
function isInCalendar(local: string): boolean {
  return new Date(`${local}Z`).getUTCDate() === Number(local.slice(8, 10));
}
