import { z } from 'zod';
import { canonicalHostname, dnsName } from './hostname.js';

/** Lower case only: two spellings of one zone would be two zones to everything that is kept per zone. */
const zoneIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'zone_id must be 32 lower-case hexadecimal characters.')
  .describe('Identifier of the zone.')
  .meta({ example: '023e105f4ecef8ad9ca31a8372d0c353' });

const accountIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'account_id must be 32 lower-case hexadecimal characters.')
  .describe('Identifier of the account.');

/** Cloudflare's documents show both forms. */
export const certificateIdSchema = z
  .string()
  .regex(
    /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i,
    'certificate_id must be 32 hexadecimal characters or a UUID.',
  )
  .describe('Identifier of the certificate.')
  .meta({ example: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60' });

export const hostnameSchema = z
  .string()
  .refine((name) => dnsName.test(name), { error: ({ input }) => hostnameProblem(input as string) })
  .describe('Hostname, as a DNS name in A-labels; the first label may be `*`.')
  .meta({ example: 'app.example.com', pattern: dnsName.source });

/** Names the A-label form of an internationalised name, because the caller has to send that form. */
function hostnameProblem(name: string): string {
  const canonical = canonicalHostname(name);
  return canonical !== null && /[^\x00-\x7f]/.test(name)
    ? `hostname must be in A-labels: send ${canonical}.`
    : 'hostname must be a DNS name of at most 253 characters, in A-labels.';
}

export const pathParameters = {
  zone_id: zoneIdSchema,
  account_id: accountIdSchema,
  certificate_id: certificateIdSchema,
  hostname: hostnameSchema,
} as const;

export type PathParameter = keyof typeof pathParameters;
