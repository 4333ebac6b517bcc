import { inUtc } from '../../../platform/context/rfc3339.js';

const date = /^\d{4}-\d\d-\d\d$/;
const dayMs = 24 * 60 * 60 * 1000;

/** A date or RFC 3339 in the form of records: UTC with milliseconds. A date is its first moment. Null for any other text. */
export function timeOf(text: string): string | null {
  return inUtc(date.test(text) ? `${text}T00:00:00Z` : text);
}

/** The time `400d` ago; null if the text is not a number of days. */
export function daysAgo(text: string, now = Date.now()): string | null {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  return days === undefined ? null : new Date(now - Number(days) * dayMs).toISOString();
}
