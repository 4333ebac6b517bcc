import { malformedInputs } from '../graphql/identifier-input.js';
import { type UserError, UserErrorCode } from '../graphql/user-error.js';
import { checkUpload } from '../x509/checks/check-upload.js';
import {
  type CertificateWarning,
  CertificateWarningCode,
  type UploadCertificateInput,
} from './certificate.inputs.js';

export interface UploadInputCheck {
  readonly userErrors: UserError[];
  readonly warnings: CertificateWarning[];
  /** The body to send; null if there are errors. */
  readonly body: { readonly certificate: string; readonly private_key: string } | null;
}

/** Checks the input of an upload before any of it is sent. */
export function checkUploadInput(input: UploadCertificateInput): UploadInputCheck {
  const { zoneId, certificate, privateKey } = input;
  const { problems, warnings, canonical } = checkUpload({ certificate, privateKey, now: new Date() });
  const userErrors = [
    ...malformedInputs([['zone_id', zoneId, ['zoneId']]]),
    ...problems.map(({ field, message }) => ({
      code: UserErrorCode.INVALID_INPUT,
      message,
      field: ['input', field],
    })),
  ];
  return {
    userErrors,
    warnings: warnings.map(({ code, message }) => ({ code: CertificateWarningCode[code], message })),
    body:
      canonical && userErrors.length === 0
        ? { certificate: canonical.certificate, private_key: canonical.privateKey }
        : null,
  };
}
