import { type RequestContext } from '../../gateway/request/request-context.js';
import { malformedInputs } from '../../api/graphql/errors/identifier-input.js';
import { afterChange, changedIn, resultOf, unreadable } from '../../api/graphql/results/results.js';
import { type UserError, UserErrorCode, userErrorsOf } from '../../api/graphql/errors/user-error.js';
import { checkUpload } from '../../domain/x509/checks/check-upload.js';
import { deleteExplanations, uploadExplanations } from './certificate.explanations.js';
import {
  type CertificateWarning,
  type DeleteCertificateInput,
  type UploadCertificateInput,
} from './certificate.inputs.js';
import { certificateSchema } from './certificate.schema.js';
import { type CertificateFields } from './certificate.types.js';
import { type CertificatesService } from './certificates.service.js';

interface Payload<T> {
  readonly certificate: T | null;
  readonly userErrors: UserError[];
}

/** @param make makes the GraphQL object of the uploaded certificate */
export async function uploadCertificate<T>(
  ctx: RequestContext,
  certificates: CertificatesService,
  input: UploadCertificateInput,
  make: (fields: CertificateFields) => T,
): Promise<Payload<T> & { readonly warnings: CertificateWarning[] }> {
  const { canonical, warnings, mistakes } = checkInput(input);
  if (!canonical || mistakes.length > 0) return { certificate: null, warnings, userErrors: mistakes };
  const body = { certificate: canonical.certificate, private_key: canonical.privateKey };
  const answer = await certificates.upload(ctx, input.zoneId, body);
  const userErrors = userErrorsOf(ctx, answer, uploadExplanations);
  if (userErrors.length > 0) return { certificate: null, warnings, userErrors };
  const certificate = afterChange(ctx, answer, () => make(resultOf(answer, certificateSchema)));
  return { certificate, warnings, userErrors };
}

/** @param make makes the GraphQL object of the deleted certificate */
export async function deleteCertificate<T>(
  ctx: RequestContext,
  certificates: CertificatesService,
  { zoneId, certificateId }: DeleteCertificateInput,
  make: (fields: CertificateFields) => T,
): Promise<Payload<T>> {
  const malformed = malformedInputs([
    ['zone_id', zoneId, ['zoneId']],
    ['certificate_id', certificateId, ['certificateId']],
  ]);
  if (malformed.length > 0) return { certificate: null, userErrors: malformed };
  const answer = await certificates.delete(ctx, zoneId, certificateId);
  const userErrors = userErrorsOf(ctx, answer, deleteExplanations);
  if (userErrors.length > 0) return { certificate: null, userErrors };
  const certificate = afterChange(ctx, answer, () => {
    const items = changedIn(answer, certificateSchema);
    const deleted = items.find(({ id }) => id?.toLowerCase() === certificateId.toLowerCase());
    if (!deleted) throw unreadable(answer, 'without the certificate that was deleted');
    return make(deleted);
  });
  return { certificate, userErrors };
}

function checkInput({ zoneId, certificate, privateKey }: UploadCertificateInput) {
  const { problems, warnings, canonical } = checkUpload({ certificate, privateKey, now: new Date() });
  const mistakes = [
    ...malformedInputs([['zone_id', zoneId, ['zoneId']]]),
    ...problems.map(({ field, message }) => ({
      code: UserErrorCode.INVALID_INPUT,
      message,
      field: ['input', field],
    })),
  ];
  return { canonical, warnings: [...warnings], mistakes };
}
