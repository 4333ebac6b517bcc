import { hash } from 'node:crypto';
import { type Answer, type Kept } from '../../domain/cloudflare/answer.js';
import { type Entry, type Place } from './store/store.js';

export function keptOf({ zone, credential }: Place, { generation, cached }: Entry): Kept {
  return { zone, credential, generation, storedAt: cached.storedAt, freshUntil: cached.freshUntil };
}

export function uncached(answer: Answer, how: 'bypass' | 'miss' = 'bypass'): Answer {
  return answer.as({
    how,
    stored: false,
    collapsed: false,
    ageSeconds: 0,
    ttlSeconds: null,
    etag: null,
    kept: null,
  });
}

export function collapsed(answer: Answer): Answer {
  return answer.cache ? answer.as({ ...answer.cache, collapsed: true }) : answer;
}

export function etagOf(body: Buffer): string {
  return `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;
}
