import { z } from 'zod';
import { certificateIdSchema } from '../../domain/cloudflare/identifiers.js';
import { dateTimeSchema, orNull, statusSchema } from '../../domain/cloudflare/reported.js';

/** Cloudflare sends serial numbers as text; a number is accepted too. */
const textOrNumber = z
  .preprocess((value) => (Number.isSafeInteger(value) ? String(value) : value), z.string().nullable())
  .catch(null);

/** The members that both kinds of client certificate have. Cloudflare sends them, so none is required. */
export const certificateSchema = z.object({
  id: orNull(z.string())
    .describe("Cloudflare's identifier of the certificate.")
    .meta({ example: certificateIdSchema.meta()?.example }),
  certificate: orNull(z.string()).describe('The certificate, PEM.'),
  issuer: orNull(z.string()).describe('The issuer, as Cloudflare reports it.'),
  serial_number: textOrNumber.describe('The serial number, decimal.'),
  signature: orNull(z.string()).describe('The algorithm of its signature, for example `SHA256WithRSA`.'),
  status: statusSchema.describe('The progress of its deployment to the edge.'),
  uploaded_on: dateTimeSchema.describe('When it was uploaded, RFC 3339.'),
  expires_on: dateTimeSchema.describe('When it expires, RFC 3339.'),
});

export const zoneCertificateSchema = certificateSchema.meta({ id: 'ZoneCertificate' });
export const hostnameCertificateSchema = certificateSchema.meta({ id: 'HostnameCertificate' });

// Shortened, for the OpenAPI document.
const pem = '-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n';

export const certificateExample = {
  id: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60',
  certificate: pem,
  issuer: 'Example Origin Pull CA',
  serial_number: '6743787633689793699141714808227354901',
  signature: 'SHA256WithRSA',
  status: 'active',
  uploaded_on: '2026-01-01T00:00:00Z',
  expires_on: '2046-01-01T00:00:00Z',
};

export const zoneCertificateExample = { ...certificateExample, id: '023e105f4ecef8ad9ca31a8372d0c353' };

/** The body of an upload, for the documentation only: Cloudflare validates it. */
export const uploadSchema = z
  .looseObject({
    certificate: z.string().describe('Leaf certificate, PEM.'),
    private_key: z.string().describe('Its private key, PEM. Sent to Cloudflare, then forgotten.'),
  })
  .meta({
    id: 'UploadCertificate',
    example: { certificate: pem, private_key: '-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n' },
  });
