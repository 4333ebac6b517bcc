import { type Place } from '../store/store.js';

/** All keys of a zone are in one cluster slot: Redis hashes the part in braces only. */
export function zoneKeys({ zone, credential, key }: Place) {
  return {
    zone: `og:{${zone}}`,
    intents: `og:{${zone}}:i`,
    epoch: epochKey(zone, credential),
    entry: `og:{${zone}}:v:${key}`,
    lock: `og:{${zone}}:l:${key}`,
  };
}

/** The keys of LOOK and FILL, in their order. */
export function keysOf(place: Place, isOneServer: boolean): string[] {
  const keys: string[] = Object.values(zoneKeys(place));
  if (isOneServer) keys.push(credentialKey(place.credential));
  return keys;
}

/** The keys of CONFIRM, in their order. */
export function confirmKeys({ zone, credential }: Omit<Place, 'key'>, isOneServer: boolean): string[] {
  const keys = [...fenceKeys(zone), epochKey(zone, credential)];
  if (isOneServer) keys.push(credentialKey(credential));
  return keys;
}

/** The keys of BEGIN and END, in their order. */
export function fenceKeys(zone: string): string[] {
  return [`og:{${zone}}`, `og:{${zone}}:i`];
}

/** The keys of LIFT, in their order. */
export function liftKeys(zone: string, given: string, found: string): string[] {
  return [...fenceKeys(zone), `og:{${zone}}:b:${given}`, `og:{${zone}}:b:${found}`];
}

export function epochKey(zone: string, credential: string): string {
  return `og:{${zone}}:e:${credential}`;
}

export function credentialKey(credential: string): string {
  return `og:{${credential}}:e`;
}
