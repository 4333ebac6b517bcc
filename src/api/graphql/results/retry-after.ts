/** How many seconds to wait, where upstream said so (RFC 9110 §10.2.3: seconds, or a date). */
export function retryAfterIn(headers: Readonly<Record<string, string>>): { retryAfter?: number } {
  const given = headers['retry-after'];
  if (given === undefined) return {};
  const seconds = /^\d{1,9}$/.test(given)
    ? Number(given)
    : Math.ceil((Date.parse(given) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? {} : { retryAfter: Math.max(0, seconds) };
}
