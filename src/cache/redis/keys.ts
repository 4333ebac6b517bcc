import { type Place } from '../store.js';

/** All keys of a zone stand in one cluster slot: the braces say which part decides. */
export function zoneKeys({ zone, credential, key }: Place) {
  return {
    zone: `og:{${zone}}`,
    intents: `og:{${zone}}:i`,
    epoch: epochKey(zone, credential),
    entry: `og:{${zone}}:v:${key}`,
    lock: `og:{${zone}}:l:${key}`,
  };
}

/** What LOOK and FILL read and write, in their order. */
export function keysOf(place: Place, isOneServer: boolean): string[] {
  const keys: string[] = Object.values(zoneKeys(place));
  if (isOneServer) keys.push(credentialKey(place.credential));
  return keys;
}

/** What BEGIN and END write, in their order. */
export function fenceKeys(zone: string): string[] {
  return [`og:{${zone}}`, `og:{${zone}}:i`];
}

/** What LIFT reads and writes, in their order. */
export function liftKeys(zone: string, given: string, found: string): string[] {
  return [...fenceKeys(zone), `og:{${zone}}:b:${given}`, `og:{${zone}}:b:${found}`];
}

export function epochKey(zone: string, credential: string): string {
  return `og:{${zone}}:e:${credential}`;
}

export function credentialKey(credential: string): string {
  return `og:{${credential}}:e`;
}

/** Used by probes alone; so many that each server of a cluster has one of them. */
export function* probeKeys(): Iterable<string> {
  for (let number = 0; number < 2000; number += 1) yield `og:probe:${number}`;
}
