import { z } from 'zod';

/** With the calendar: there is no 30 February, and no hour 24. RFC 3339 takes `t` and `z` in either case. */
const dateTime = new RegExp(z.regexes.datetime({ offset: true }).source, 'i');

/** An RFC 3339 date and time in UTC with milliseconds, as records have it and as text that can be compared; null for any other. */
export function inUtc(text: string): string | null {
  if (!dateTime.test(text)) return null;
  const utc = new Date(text).toISOString();
  // With a year of more than four digits it could not be compared.
  return utc.length === 24 ? utc : null;
}
