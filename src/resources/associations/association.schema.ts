import { z } from 'zod';
import { dateTimeSchema, orNull, statusSchema } from '../../domain/cloudflare/reported.js';

const enabledSchema = orNull(z.boolean()).describe(
  'True: the certificate is shown. False: none is, even when the zone level is on. Null: the association has been voided.',
);

/** An association, as an item of the list of associations. */
export const associationSchema = z
  .object({
    hostname: orNull(z.string()).describe('The hostname.'),
    cert_id: orNull(z.string()).describe('Identifier of the hostname certificate.'),
    enabled: enabledSchema,
    status: statusSchema.describe('How far the association has travelled.'),
    created_at: dateTimeSchema.describe('When it was made, RFC 3339.'),
    updated_at: dateTimeSchema.describe('When it was last changed, RFC 3339.'),
  })
  .meta({ id: 'HostnameAssociation' });
