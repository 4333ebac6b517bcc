import { certificateExample, certificateSchema } from '../certificates/certificate.schema.js';

/** A client certificate shown for the hostnames associated with it. */
export const hostnameCertificateSchema = certificateSchema.meta({ id: 'HostnameCertificate' });

export const hostnameCertificateExample = certificateExample;
