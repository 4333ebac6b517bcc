import { certificateExample } from '../certificates/certificate.examples.js';
import { certificateSchema } from '../certificates/certificate.schema.js';

/** A client certificate shown for the hostnames associated with it. */
export const hostnameCertificateSchema = certificateSchema.meta({ id: 'HostnameCertificate' });

export const hostnameCertificateExample = certificateExample;
