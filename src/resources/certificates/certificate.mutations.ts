import { type RequestContext } from '../../gateway/request/request-context.js';
import { certificateIdErrors, zoneIdErrors } from '../../api/graphql/errors/identifier-input.js';
import { refusalErrors } from '../../api/graphql/errors/refusal-errors.js';
import { invalidInput, type UserError } from '../../api/graphql/errors/user-error.js';
import { afterChange, changedIn, resultOf, unreadable } from '../../api/graphql/results/results.js';
import { certificateIdIn } from '../../api/graphql/schema/node-id.js';
import { checkUpload } from '../../domain/x509/checks/check-upload.js';
import { payloadOf } from '../zone/payload.js';
import { uploadErrors } from './certificate.errors.js';
import { deleteExplanations, uploadExplanations } from './certificate.explanations.js';
import {
  type DeleteCertificateInput,
  type DeletePayload,
  type UploadCertificateInput,
  type UploadPayload,
} from './certificate.inputs.js';
import { certificateSchema } from './certificate.schema.js';
import { type Certificate, type CertificateFields } from './certificate.types.js';
import { type CertificatesService } from './certificates.service.js';

/** Makes the GraphQL object of a certificate. */
type Make<T> = (zoneId: string, fields: CertificateFields) => T;

export async function uploadCertificate<T extends Certificate>(
  ctx: RequestContext,
  certificates: CertificatesService,
  input: UploadCertificateInput,
  make: Make<T>,
): Promise<UploadPayload & { certificate: T | null }> {
  const { zoneId } = input;
  const { canonical, warnings, mistakes } = checkInput(input);
  const refused = (userErrors: UserError[]) => ({
    ...payloadOf(ctx, zoneId, userErrors),
    certificate: null,
    warnings,
  });
  if (!canonical || mistakes.length > 0) return refused(mistakes);
  const body = { certificate: canonical.certificate, private_key: canonical.privateKey };
  const answer = await certificates.upload(ctx, zoneId, body);
  const makeHere = (fields: CertificateFields) => make(zoneId, fields);
  const errors = refusalErrors(ctx, answer, uploadExplanations);
  const upload = { zoneId, certificate: canonical.certificate };
  if (errors.length > 0) return refused(await uploadErrors(ctx, certificates, upload, errors, makeHere));
  const certificate = afterChange(ctx, answer, () => makeHere(resultOf(answer, certificateSchema)));
  return { ...payloadOf(ctx, zoneId, []), certificate, warnings };
}

export async function deleteCertificate<T extends Certificate>(
  ctx: RequestContext,
  certificates: CertificatesService,
  { zoneId, certificateId: given }: DeleteCertificateInput,
  make: Make<T>,
): Promise<DeletePayload & { certificate: T | null }> {
  const refused = (userErrors: UserError[]) => ({
    ...payloadOf(ctx, zoneId, userErrors),
    certificate: null,
    deletedId: null,
  });
  const { kind } = certificates;
  const mistakes = [
    ...zoneIdErrors(zoneId),
    ...certificateIdErrors(given, { zoneId, kind }, 'certificateId'),
  ];
  if (mistakes.length > 0) return refused(mistakes);
  const certificateId = certificateIdIn(given);
  const answer = await certificates.delete(ctx, zoneId, certificateId);
  const errors = refusalErrors(ctx, answer, deleteExplanations);
  if (errors.length > 0) return refused(errors);
  const certificate = afterChange(ctx, answer, () => {
    const items = changedIn(answer, certificateSchema);
    const deleted = items.find(({ id }) => id?.toLowerCase() === certificateId.toLowerCase());
    if (!deleted) throw unreadable(answer, 'without the certificate that was deleted');
    return make(zoneId, deleted);
  });
  return { ...payloadOf(ctx, zoneId, []), certificate, deletedId: certificate.id };
}

function checkInput({ zoneId, certificate, privateKey }: UploadCertificateInput) {
  const { problems, warnings, canonical } = checkUpload({ certificate, privateKey, now: new Date() });
  const mistakes = [
    ...zoneIdErrors(zoneId),
    ...problems.map(({ field, message }) => invalidInput(message, field)),
  ];
  return { canonical, warnings: [...warnings], mistakes };
}
