import { z } from 'zod';
import { dateTimeSchema, orNull, statusSchema } from '../../domain/cloudflare/reported.js';

const enabledSchema = orNull(z.boolean()).describe(
  'True: Cloudflare presents the certificate. False: it presents none, even if the zone level is on. Null: the association is void.',
);

/** An association, as an item of the list of associations. */
export const associationSchema = z
  .object({
    hostname: orNull(z.string()).describe('The hostname.'),
    cert_id: orNull(z.string()).describe("Cloudflare's identifier of the hostname certificate."),
    enabled: enabledSchema,
    status: statusSchema.describe('The progress of the association.'),
    created_at: dateTimeSchema.describe('When it was created, RFC 3339.'),
    updated_at: dateTimeSchema.describe('When it was last changed, RFC 3339.'),
  })
  .meta({ id: 'HostnameAssociation' });
