import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Places } from '../cache/place.js';
import { type Identity } from '../request/identity.js';
import { aHolder, aRequestOf, aService } from '../../../test/support/access/callers.js';
import { RequestLimit } from './request-limit.js';

function aLimit(most: number) {
  let now = 0;
  let refused = 0;
  const metrics = { refusedByLimit: () => (refused += 1) };
  const limit = new RequestLimit(most, new Places(), metrics, () => now);
  const send = (identity: Identity | GatewayError) => limit.refusalOf(aRequestOf(identity));
  return { limit, send, refused: () => refused, advance: (ms: number) => (now += ms) };
}

describe('RequestLimit', () => {
  it('lets as many pass at once as in a second, and refuses more', () => {
    const { send, refused } = aLimit(3);
    const refusals = [1, 2, 3, 4].map(() => send(aService('a')));
    expect(refusals.slice(0, 3)).toEqual([null, null, null]);
    expect(refusals[3]).toMatchObject({ kind: 'rate_limited', details: { headers: { 'retry-after': '1' } } });
    expect(refused()).toBe(1);
  });

  it('lets them pass again as time goes by, and saves no more than a second of them', () => {
    const { send, advance } = aLimit(10);
    for (let sent = 0; sent < 10; sent += 1) send(aService('a'));
    advance(99);
    expect(send(aService('a'))).not.toBeNull();
    advance(2);
    expect(send(aService('a'))).toBeNull();
    expect(send(aService('a'))).not.toBeNull();
    advance(60_000);
    const refusals = Array.from({ length: 20 }, () => send(aService('a')));
    expect(refusals.filter((refusal) => refusal === null).length).toBe(10);
  });

  it('counts a request once', () => {
    const { limit, send } = aLimit(2);
    const ctx = aRequestOf(aService('a'));
    for (let time = 0; time < 5; time += 1) expect(limit.refusalOf(ctx)).toBeNull();
    expect(send(aService('a'))).toBeNull();
    const above = aRequestOf(aService('a'));
    expect(limit.refusalOf(above)).toBe(limit.refusalOf(above));
  });

  it('counts callers apart: by their id, or by their credential, also if it was read twice', () => {
    const { send } = aLimit(1);
    expect(send(aService('a'))).toBeNull();
    expect(send(aService('b'))).toBeNull();
    expect(send(aHolder('one'))).toBeNull();
    expect(send(aHolder('two'))).toBeNull();
    expect(send(aHolder('one'))).not.toBeNull();
  });

  it('counts nobody whose identity is not known', () => {
    const { send } = aLimit(1);
    const unknown = new GatewayError('credentials_missing', 'Who?');
    for (let time = 0; time < 5; time += 1) expect(send(unknown)).toBeNull();
  });
});
