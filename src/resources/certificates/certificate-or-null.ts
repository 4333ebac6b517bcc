import { isNotThere, resultOf } from '../../api/graphql/results/results.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { certificateSchema } from './certificate.schema.js';
import { type CertificateFields } from './certificate.types.js';

/** The certificate in the answer for one certificate; null if it does not exist. Throws as `resultOf`. */
export function certificateOrNull(answer: Answer): CertificateFields | null {
  return answer.status === 404 || isNotThere(answer) ? null : resultOf(answer, certificateSchema);
}
