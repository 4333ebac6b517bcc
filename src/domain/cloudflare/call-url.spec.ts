import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { callUrl } from './call-url.js';
import { operations } from './operations.js';

const base = new URL('https://api.example.com/client/v4');
const zone_id = '023e105f4ecef8ad9ca31a8372d0c353';

describe('callUrl', () => {
  it('The URL of a call is the path template with its identifiers filled in', () => {
    const call = { operation: operations['hostname.get'], params: { zone_id, hostname: '*.Example.com' } };
    expect(callUrl(base, call).href).toBe(
      `https://api.example.com/client/v4/zones/${zone_id}/origin_tls_client_auth/hostnames/*.Example.com`,
    );
  });

  it('The URL of a call has the documented query parameters and no others', () => {
    const call = {
      operation: operations['hostname.list'],
      params: { zone_id },
      query: { page: '2', per_page: ['1', '2'], status: 'active,deleted', other: 'x', nested: { a: 1 } },
    };
    expect(callUrl(base, call).search).toBe('?page=2&per_page=1&per_page=2&status=active%2Cdeleted');
  });

  it.each([
    '',
    '.',
    '..',
    '%2e%2e',
    'settings',
    'A23E105F4ECEF8AD9CA31A8372D0C353',
    `${zone_id}/x`,
    `${zone_id}\n`,
  ])('A call for the zone id %j is refused', (bad) => {
    const call = { operation: operations['settings.get'], params: { zone_id: bad } };
    expect(() => callUrl(base, call)).toThrow(expect.objectContaining({ kind: 'malformed_identifier' }));
  });

  it('No certificate id or hostname leads the URL out of the path of its zone', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (certificate_id, hostname) => {
          for (const operation of [operations['zone_certificate.get'], operations['hostname.get']]) {
            try {
              const { href } = callUrl(base, { operation, params: { zone_id, certificate_id, hostname } });
              expect(href.startsWith(`${base.href}/zones/${zone_id}/origin_tls_client_auth/`)).toBe(true);
            } catch (error) {
              expect(error).toMatchObject({ kind: 'malformed_identifier' });
            }
          }
        },
      ),
    );
  });
});
