import { refusals } from './errors.js';

/** Lower case only: a cache in front of it would keep two spellings of one zone apart. */
const ZONE = /^[0-9a-f]{32}$/;
/** The spec's maxLength of 32 is wrong: its own examples have UUIDs. */
const CERTIFICATE = /^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
/** Any segment up to the spec's bound of 255: the zone decides which hostnames exist (1553). */
const HOSTNAME_SEGMENT = /^[^\p{Cc}/]{1,255}$/u;
const HOSTNAME = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/i;

const patterns: Record<string, RegExp> = {
  zone_id: ZONE,
  certificate_id: CERTIFICATE,
  hostname: HOSTNAME_SEGMENT,
};

/** Cloudflare's router refuses a malformed id before it checks credentials. @throws 7003 */
export function checkPathParameters(parameters: Record<string, string>, url: string): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (!patterns[name]?.test(value)) throw refusals.noRoute(url);
  }
}

export function isZoneId(text: string): boolean {
  return ZONE.test(text);
}

export function isHostname(text: string): boolean {
  return text.length <= 255 && HOSTNAME.test(text);
}
