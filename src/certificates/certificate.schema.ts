import { z } from 'zod';
import { uploadExample } from './certificate.examples.js';
import { rfc3339Of } from '../context/date-time.js';
import { certificateIdSchema } from '../upstream/identifiers.js';

/** Where a certificate or an association stands at Cloudflare. `unknown`: a status that was not known when this was written. */
export const statusSchema = z
  .enum([
    'initializing',
    'pending_deployment',
    'active',
    'pending_deletion',
    'deleted',
    'deployment_timed_out',
    'deletion_timed_out',
    'unknown',
  ])
  .catch('unknown');

/** A member that Cloudflare may leave out: null then, as when it is of another type than documented. */
export const orNull = <T extends z.ZodType>(schema: T) => schema.nullable().catch(null);

/** A date and time in RFC 3339, of whatever spelling; null where it cannot be read. */
export const dateTimeSchema = z
  .preprocess((value) => (typeof value === 'string' ? rfc3339Of(value) : null), z.string().nullable())
  .catch(null);

/** A text that may come as a number. */
const textOrNumber = z
  .preprocess((value) => (Number.isSafeInteger(value) ? String(value) : value), z.string().nullable())
  .catch(null);

/** What both kinds of client certificate have. Sent by Cloudflare, so nothing in it is required. */
export const certificateSchema = z.object({
  id: orNull(z.string())
    .describe('Identifier of the certificate.')
    .meta({ example: certificateIdSchema.meta()?.example }),
  certificate: orNull(z.string()).describe('Leaf certificate, PEM.'),
  issuer: orNull(z.string()).describe('Who issued it.'),
  serial_number: textOrNumber.describe('Serial number, decimal.'),
  signature: orNull(z.string()).describe('Algorithm of the signature, for example `SHA256WithRSA`.'),
  status: statusSchema.describe('Where the certificate stands.'),
  uploaded_on: dateTimeSchema.describe('When it was uploaded, RFC 3339.'),
  expires_on: dateTimeSchema.describe('When it expires, RFC 3339.'),
});

/** The body of an upload. It describes, and refuses nothing: what Cloudflare decides, Cloudflare decides. */
export const uploadSchema = z
  .looseObject({
    certificate: z.string().describe('Leaf certificate, PEM.'),
    private_key: z.string().describe('Its private key, PEM. Sent to Cloudflare, then forgotten.'),
  })
  .meta({ id: 'UploadCertificate', example: uploadExample });
