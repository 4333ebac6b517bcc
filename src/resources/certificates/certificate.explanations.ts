import { type Explanations } from '../../api/graphql/errors/refusal-errors.js';
import { UserErrorCode } from '../../api/graphql/errors/user-error.js';

// Cloudflare's error codes for client certificates. Other products of Cloudflare use the same numbers with other
// meanings. The sandbox's table of errors says how well each is known.

const { CONFLICT, INVALID_INPUT, NOT_FOUND } = UserErrorCode;

const about = (field: string, errors: Readonly<Record<number, readonly [UserErrorCode, string]>>) =>
  Object.fromEntries(
    Object.entries(errors).map(([upstreamCode, [code, message]]) => [
      upstreamCode,
      { code, message, field: ['input', field] },
    ]),
  );

/** The code of a certificate that the zone has already. */
export const certificateExists = 1406;

export const uploadExplanations: Explanations = about('certificate', {
  [certificateExists]: [
    CONFLICT,
    'This certificate is in this zone already. Use the one that is there; if it is being deleted, try again when it is gone.',
  ],
  1408: [
    INVALID_INPUT,
    'Cloudflare cannot read this certificate. Send one leaf certificate, PEM. Where it is one, have it issued again for a key that is RSA of 2048 bits or EC P-256.',
  ],
  1412: [
    INVALID_INPUT,
    'Cloudflare takes leaf certificates only. Send one with the basic constraint CA:FALSE, issued for a client. One that is self-signed is made again with -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=clientAuth',
  ],
});

/** The code of a certificate that hostnames use. */
export const certificateInUse = 1433;

export const deleteExplanations: Explanations = about('certificateId', {
  1414: [CONFLICT, 'This certificate is being deleted already. Nothing is left to do.'],
  1415: [NOT_FOUND, 'There is no such certificate of this kind in this zone, or it has been deleted.'],
  [certificateInUse]: [CONFLICT, 'Hostnames still use this certificate. Void their associations first.'],
  1434: [
    CONFLICT,
    'This certificate is still being deployed. Delete it when its status is ACTIVE, in a few seconds.',
  ],
  1551: [NOT_FOUND, 'There is no such hostname certificate in this zone.'],
  1552: [NOT_FOUND, 'There is no such zone certificate in this zone.'],
});
