import { describe, expect, it } from '@jest/globals';
import { Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';
import { lifetimeOf } from './lifetime.js';

const lifetimes = { list: 15, item: 30, pending: 2, notFound: 5, staleIfError: 600 };

const answer = (status: number, result: unknown = null) =>
  new Answer(status, Buffer.from(JSON.stringify({ success: status === 200, result })), {});

describe('lifetimeOf', () => {
  it.each([
    ['a list', operations['zone_certificate.list'], answer(200, []), 15],
    ['a single object', operations['settings.get'], answer(200, { enabled: true }), 30],
    ['a pending object', operations['hostname.get'], answer(200, { status: 'pending_deployment' }), 2],
    [
      'a list with a pending object',
      operations['hostname.list'],
      answer(200, [{ status: 'pending_deletion' }]),
      2,
    ],
    ['a 404', operations['hostname.get'], answer(404), 5],
  ])('The lifetime of %s is at most its setting and at least 85 % of it', (_, operation, kept, seconds) => {
    for (let run = 0; run < 200; run++) {
      const lifetime = lifetimeOf(operation, kept, lifetimes, false);
      expect(lifetime?.freshMs).toBeLessThanOrEqual(seconds * 1000);
      expect(lifetime?.freshMs).toBeGreaterThanOrEqual(seconds * 850);
    }
  });

  it('The lifetime of an answer is at most 5 s while Cloudflare settles after a change', () => {
    expect(lifetimeOf(operations['settings.get'], answer(200), lifetimes, true)?.freshMs).toBeLessThanOrEqual(
      5000,
    );
    expect(
      lifetimeOf(operations['hostname.get'], answer(200, 'pending_'), lifetimes, true)?.freshMs,
    ).toBeLessThanOrEqual(5000);
  });

  it('A success may be shown stale for 600 s, a 404 never', () => {
    expect(lifetimeOf(operations['settings.get'], answer(200), lifetimes, false)?.staleMs).toBe(600_000);
    expect(lifetimeOf(operations['hostname.get'], answer(404), lifetimes, false)?.staleMs).toBe(0);
  });

  it.each([201, 301, 400, 401, 403, 409, 429, 500, 503])(
    'An answer with status %i is not cached',
    (status) => {
      expect(lifetimeOf(operations['settings.get'], answer(status), lifetimes, false)).toBeNull();
    },
  );

  it('A lack of permission for the global level is kept 30 s, or as long as an item, and never shown stale', () => {
    const operation = operations['global_level.get'];
    for (const isSettling of [true, false])
      expect(lifetimeOf(operation, answer(403), lifetimes, isSettling)).toEqual({
        freshMs: 30_000,
        staleMs: 0,
      });
    const lasting = (item: number) => lifetimeOf(operation, answer(403), { ...lifetimes, item }, false);
    expect(lasting(600)?.freshMs).toBe(30_000);
    expect(lasting(2)?.freshMs).toBe(2_000);
    expect(lasting(0)).toBeNull();
  });

  it.each([400, 401, 429, 500])('Another refusal of the global level, with %i, is not cached', (status) => {
    expect(lifetimeOf(operations['global_level.get'], answer(status), lifetimes, false)).toBeNull();
  });

  it('A read with a lifetime of 0 and a change are not cached', () => {
    expect(lifetimeOf(operations['settings.get'], answer(200), { ...lifetimes, item: 0 }, false)).toBeNull();
    expect(lifetimeOf(operations['settings.update'], answer(200), lifetimes, false)).toBeNull();
  });
});
