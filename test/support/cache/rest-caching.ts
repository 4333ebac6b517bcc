import { expect } from '@jest/globals';
import { type CachingStage } from './caching.js';
import { envelopeOf, type Reply } from '../http/http.js';
import { operationNames, pathOf, type Use } from '../http/requests.js';

export const settings = pathOf('/settings');
export const unknownHostname = pathOf('/hostnames/new.example.com');
export const name = 'origin-pulls-gateway';
export const reads = operationNames.filter((each) => /\.(list|get)$/.test(each));
export const cacheStatusOf = ({ headers }: Reply) => headers['cache-status'];

export const isHit = (reply: Reply) =>
  /^origin-pulls-gateway; hit; ttl=\d+$/.test(String(cacheStatusOf(reply)));

export const enabledOf = (reply: Reply) => (envelopeOf(reply).result as { enabled: boolean }).enabled;
export const ttlOf = (reply: Reply) => Number(/ttl=(-?\d+)/.exec(String(cacheStatusOf(reply)))?.[1]);

export function expectForThisCallerAlone({ headers }: Reply): void {
  expect(headers['cache-control']).toBe('private, no-cache');
  expect(headers['vary']?.split(/, */).map((each) => each.toLowerCase())).toEqual(
    expect.arrayContaining(['authorization', 'x-auth-email', 'x-auth-key']),
  );
}

export const use = (stage: CachingStage, { method, path, body }: Use) => stage.ask(method, path, { body });
