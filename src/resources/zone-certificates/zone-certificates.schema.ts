import { certificateExample, certificateSchema } from '../certificates/certificate.schema.js';

/** A client certificate shown to every origin of the zone. */
export const zoneCertificateSchema = certificateSchema.meta({ id: 'ZoneCertificate' });

export const zoneCertificateExample = { ...certificateExample, id: '023e105f4ecef8ad9ca31a8372d0c353' };
