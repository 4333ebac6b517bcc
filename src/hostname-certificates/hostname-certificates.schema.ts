import { certificateExample } from '../certificate/certificate.examples.js';
import { certificateSchema } from '../certificate/certificate.schema.js';

/** A client certificate shown for the hostnames associated with it. */
export const hostnameCertificateSchema = certificateSchema.meta({ id: 'HostnameCertificate' });

export const hostnameCertificateExample = certificateExample;
