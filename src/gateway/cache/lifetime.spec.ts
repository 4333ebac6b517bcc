import { describe, expect, it } from '@jest/globals';
import { Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';
import { lifetimeOf } from './lifetime.js';

const lifetimes = { list: 15, item: 30, pending: 2, notFound: 5, staleIfError: 600 };

const answer = (status: number, result: unknown = null) =>
  new Answer(status, Buffer.from(JSON.stringify({ success: status === 200, result })), {});

describe('a lifetime', () => {
  it.each([
    ['a list', operations['zone_certificate.list'], answer(200, []), 15],
    ['a thing', operations['settings.get'], answer(200, { enabled: true }), 30],
    ['what is pending', operations['hostname.get'], answer(200, { status: 'pending_deployment' }), 2],
    [
      'a list with something pending',
      operations['hostname.list'],
      answer(200, [{ status: 'pending_deletion' }]),
      2,
    ],
    ['what is not there', operations['hostname.get'], answer(404), 5],
  ])('of %s is at most what is set, and at least 85 % of it', (_, operation, kept, seconds) => {
    for (let run = 0; run < 200; run++) {
      const lifetime = lifetimeOf(operation, kept, lifetimes, false);
      expect(lifetime?.freshMs).toBeLessThanOrEqual(seconds * 1000);
      expect(lifetime?.freshMs).toBeGreaterThanOrEqual(seconds * 850);
    }
  });

  it('is at most 5 s while Cloudflare settles', () => {
    expect(lifetimeOf(operations['settings.get'], answer(200), lifetimes, true)?.freshMs).toBeLessThanOrEqual(
      5000,
    );
    expect(
      lifetimeOf(operations['hostname.get'], answer(200, 'pending_'), lifetimes, true)?.freshMs,
    ).toBeLessThanOrEqual(5000);
  });

  it('goes on for ten minutes where upstream fails, but not for what is not there', () => {
    expect(lifetimeOf(operations['settings.get'], answer(200), lifetimes, false)?.staleMs).toBe(600_000);
    expect(lifetimeOf(operations['hostname.get'], answer(404), lifetimes, false)?.staleMs).toBe(0);
  });

  it.each([201, 301, 400, 401, 403, 409, 429, 500, 503])('is none for a %i', (status) => {
    expect(lifetimeOf(operations['settings.get'], answer(status), lifetimes, false)).toBeNull();
  });

  it('is none where it is set to 0, and for a change', () => {
    expect(lifetimeOf(operations['settings.get'], answer(200), { ...lifetimes, item: 0 }, false)).toBeNull();
    expect(lifetimeOf(operations['settings.update'], answer(200), lifetimes, false)).toBeNull();
  });
});
