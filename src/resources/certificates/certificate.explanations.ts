import { type Explanations, UserErrorCode } from '../../api/graphql/errors/user-error.js';

// Cloudflare's error codes for client certificates. Other products of Cloudflare use the same numbers with other
// meanings. The sandbox's table of errors says how well each is known.

export const uploadExplanations: Explanations = {
  1406: {
    code: UserErrorCode.CONFLICT,
    message:
      'This certificate is in this zone already. Use the one that is there; if it is being deleted, try again when it is gone.',
    field: ['input', 'certificate'],
  },
  1408: {
    code: UserErrorCode.INVALID_INPUT,
    message:
      'Cloudflare cannot read this certificate. Send one leaf certificate, PEM. Where it is one, have it issued again for a key that is RSA of 2048 bits or EC P-256.',
    field: ['input', 'certificate'],
  },
  1412: {
    code: UserErrorCode.INVALID_INPUT,
    message:
      'Cloudflare takes leaf certificates only. Send one with the basic constraint CA:FALSE, issued for a client. One that is self-signed is made again with -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=clientAuth',
    field: ['input', 'certificate'],
  },
};

const certificateId = ['input', 'certificateId'];

export const deleteExplanations: Explanations = {
  1414: {
    code: UserErrorCode.CONFLICT,
    message: 'This certificate is being deleted already. Nothing is left to do.',
    field: certificateId,
  },
  1415: {
    code: UserErrorCode.NOT_FOUND,
    message: 'There is no such certificate of this kind in this zone, or it has been deleted.',
    field: certificateId,
  },
  1433: {
    code: UserErrorCode.CONFLICT,
    message: 'Hostnames still use this certificate. Void their associations first.',
    field: certificateId,
  },
  1434: {
    code: UserErrorCode.CONFLICT,
    message:
      'This certificate is still being deployed. Delete it when its status is ACTIVE, in a few seconds.',
    field: certificateId,
  },
  1551: {
    code: UserErrorCode.NOT_FOUND,
    message: 'There is no such hostname certificate in this zone.',
    field: certificateId,
  },
  1552: {
    code: UserErrorCode.NOT_FOUND,
    message: 'There is no such zone certificate in this zone.',
    field: certificateId,
  },
};
