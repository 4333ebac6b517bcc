const date = /^\d{4}-\d\d-\d\d$/;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
const dayMs = 24 * 60 * 60 * 1000;

/** As records have it: RFC 3339 in UTC with milliseconds. A date is its first moment there. Null where it is neither. */
export function timeOf(text: string): string | null {
  if (!date.test(text) && !rfc3339.test(text)) return null;
  const time = new Date(text);
  // 30 February would be 2 March.
  const isDay = Number(text.slice(8, 10)) <= daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
  return Number.isNaN(time.getTime()) || !isDay ? null : time.toISOString();
}

/** When `400d` ago was; null where it is no number of days. */
export function daysAgo(text: string, now = Date.now()): string | null {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  return days === undefined ? null : new Date(now - Number(days) * dayMs).toISOString();
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
