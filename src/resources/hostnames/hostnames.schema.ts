import { z } from 'zod';
import { associationSchema } from '../associations/association.schema.js';
import { certificateExample, certificateSchema } from '../certificates/certificate.schema.js';
import { dateTimeSchema, statusSchema } from '../../domain/cloudflare/reported.js';

/** A hostname with the certificate associated with it. */
export const hostnameResultSchema = associationSchema
  .extend({
    ...certificateSchema.omit({ id: true, status: true, uploaded_on: true }).shape,
    cert_status: statusSchema.describe('The progress of the deployment of the certificate.'),
    cert_uploaded_on: dateTimeSchema.describe('When the certificate was uploaded, RFC 3339.'),
    cert_updated_at: dateTimeSchema.describe('When the certificate was last changed, RFC 3339.'),
  })
  .meta({ id: 'Hostname' });

/** The body of an update, for the documentation only: Cloudflare validates it. */
export const updateHostnamesSchema = z
  .looseObject({
    config: z.array(
      z.looseObject({
        hostname: z.string().optional(),
        cert_id: z.string().optional().describe('Needed for a void too; over GraphQL it is not.'),
        enabled: z
          .boolean()
          .nullish()
          .describe('True: present the certificate. False: present none. Null: void the association.'),
      }),
    ),
  })
  .meta({
    id: 'UpdateHostnames',
    example: { config: [{ hostname: 'app.example.com', cert_id: certificateExample.id, enabled: true }] },
  });

/** The query of the list of associations. */
export const listHostnamesSchema = z.object({
  page: z.string().optional().describe('Page, from 1.'),
  per_page: z.string().optional().describe('Associations a page, 1 to 1000; 50 by default.'),
  status: z.string().optional().describe('Comma-separated statuses, or `all`; `active` by default.'),
});

const { id, status, uploaded_on, ...certificate } = certificateExample;

export const associationExample = {
  hostname: 'app.example.com',
  cert_id: id,
  enabled: true,
  status: 'active',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

export const hostnameExample = {
  ...associationExample,
  ...certificate,
  cert_status: status,
  cert_uploaded_on: uploaded_on,
  cert_updated_at: '2026-01-01T00:00:00Z',
};
