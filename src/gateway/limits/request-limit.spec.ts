import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../platform/context/secret.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Places } from '../cache/place.js';
import { type Identity } from '../request/identity.js';
import { RequestContext } from '../request/request-context.js';
import { RequestLimit } from './request-limit.js';

const service = (name: string): Identity => ({
  kind: 'principal',
  type: 'service',
  id: `key|${name}`,
  name,
  knownBy: { key: name },
  claims: {},
});
const holder = (token: string): Identity => ({
  kind: 'holder',
  credential: { kind: 'token', token: new Secret(token) },
});

function aLimit(most: number) {
  let now = 0;
  let refused = 0;
  const metrics = { refusedByLimit: () => (refused += 1) };
  const limit = new RequestLimit(most, new Places(), metrics, () => now);
  const request = (identity: Identity | GatewayError) =>
    new RequestContext('id', {
      address: '',
      identify: () => identity,
      mayBeWritten: () => true,
      quotesCredential: () => false,
    });
  const send = (identity: Identity | GatewayError) => limit.refusalOf(request(identity));
  return { limit, request, send, refused: () => refused, advance: (ms: number) => (now += ms) };
}

describe('RequestLimit', () => {
  it('lets as many pass at once as in a second, and refuses more', () => {
    const { send, refused } = aLimit(3);
    const refusals = [1, 2, 3, 4].map(() => send(service('a')));
    expect(refusals.slice(0, 3)).toEqual([null, null, null]);
    expect(refusals[3]).toMatchObject({ kind: 'rate_limited', details: { headers: { 'retry-after': '1' } } });
    expect(refused()).toBe(1);
  });

  it('lets them pass again as time goes by, and saves no more than a second of them', () => {
    const { send, advance } = aLimit(10);
    for (let sent = 0; sent < 10; sent += 1) send(service('a'));
    advance(99);
    expect(send(service('a'))).not.toBeNull();
    advance(2);
    expect(send(service('a'))).toBeNull();
    expect(send(service('a'))).not.toBeNull();
    advance(60_000);
    const refusals = Array.from({ length: 20 }, () => send(service('a')));
    expect(refusals.filter((refusal) => refusal === null).length).toBe(10);
  });

  it('counts a request once', () => {
    const { limit, request, send } = aLimit(2);
    const ctx = request(service('a'));
    for (let time = 0; time < 5; time += 1) expect(limit.refusalOf(ctx)).toBeNull();
    expect(send(service('a'))).toBeNull();
    const above = request(service('a'));
    expect(limit.refusalOf(above)).toBe(limit.refusalOf(above));
  });

  it('counts callers apart: by their id, or by their credential, also if it was read twice', () => {
    const { send } = aLimit(1);
    expect(send(service('a'))).toBeNull();
    expect(send(service('b'))).toBeNull();
    expect(send(holder('one'))).toBeNull();
    expect(send(holder('two'))).toBeNull();
    expect(send(holder('one'))).not.toBeNull();
  });

  it('counts nobody whose identity is not known', () => {
    const { send } = aLimit(1);
    const unknown = new GatewayError('credentials_missing', 'Who?');
    for (let time = 0; time < 5; time += 1) expect(send(unknown)).toBeNull();
  });
});
