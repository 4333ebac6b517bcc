import { expect } from '@jest/globals';
import { envelopeOf, type Reply } from './http.js';
import { bearer } from './requests.js';
import { type Stage } from '../gateway/stage.js';

interface Expected {
  readonly status: number;
  readonly code: number;
  /** What `x-should-retry` says. */
  readonly retry: boolean;
  readonly message?: RegExp;
}

/** The whole of an answer of the gateway's own, which never went further than the gateway. */
export async function expectRefusal(
  stage: Stage,
  reply: Reply,
  { status, code, retry, message = /./ }: Expected,
): Promise<void> {
  expectAnswer(reply, { status, code, retry, message });
  expect(stage.recorder.exchanges).toHaveLength(0);
  expect(await stage.sandbox.calls()).toEqual({});
}

export function expectAnswer(reply: Reply, { status, code, retry, message = /./ }: Expected): void {
  expect(envelopeOf(reply)).toEqual({
    success: false,
    errors: [{ code, message: expect.stringMatching(message) }],
    messages: [],
    result: null,
  });
  expect(reply.status).toBe(status);
  expect(reply.headers).toMatchObject({
    'content-type': 'application/json',
    'x-should-retry': String(retry),
    'x-request-id': expect.any(String),
    'cache-control': 'private, no-cache',
    vary: 'Authorization, X-Auth-Email, X-Auth-Key, Api-Version, Accept-Encoding',
  });
}

export const jsonType = { ...bearer, 'content-type': 'application/json' };
