/**
 * Every refusal of the sandbox, with the grade of its source: [live-3p] recorded against the live API by a third
 * party and published, [docs] Cloudflare's documentation, [unverified] plausible, no source. "distilled" is
 * alchemy-run/distilled `services/origin-tls-client-auth.ts`: it matches code and a part of the message, and records
 * no status.
 */

interface ErrorEntry {
  code: number;
  message: string;
  error_chain?: { code: number; message: string }[];
}

interface ErrorBody {
  success: false;
  errors: ErrorEntry[];
  messages?: [];
  result?: null;
}

/** A refusal: status and body of the answer. */
export class ApiError extends Error {
  readonly body: ErrorBody;
  readonly headers: Record<string, string>;

  constructor(
    readonly status: number,
    errors: ErrorEntry[],
    options: { without?: readonly ('messages' | 'result')[]; headers?: Record<string, string> } = {},
  ) {
    super(errors.map((entry) => `${entry.code} ${entry.message}`).join('; '));
    this.body = { success: false, errors, messages: [], result: null };
    for (const member of options.without ?? []) delete this.body[member];
    this.headers = options.headers ?? {};
  }
}

/** Used where no source records Cloudflare's code. The lowest that the schema allows, to be recognisable. */
const UNRECORDED_CODE = 1000;

const refusal = (status: number, code: number, message: string) => new ApiError(status, [{ code, message }]);

export const refusals = {
  // --- routing ---

  /** [live-3p] cf-terraforming #803, #254, #275: an unknown path is answered as a malformed id is. */
  noRoute: (url: string) => {
    const [path = ''] = url.split('?');
    return new ApiError(400, [
      { code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
      { code: 7000, message: 'No route for that URI' },
    ]);
  },
  /** [unverified] */
  listNotOffered: () => refusal(404, 7000, 'No route for that URI'),
  /** [unverified] What HTTP itself refuses: a request that cannot be read, a body too large. */
  badRequest: (status: number, message: string) => refusal(status, UNRECORDED_CODE, message),
  /** [unverified] An error in the sandbox itself. */
  internal: () => refusal(500, UNRECORDED_CODE, 'The sandbox failed; its standard error says why'),

  // --- credentials ---

  /** [live-3p] xiaotianxt/bypass-cloudflare-for-github-action #2, cloudflare-python #2678: no messages, no result. */
  noCredentials: () =>
    new ApiError(
      400,
      [{ code: 9106, message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers' }],
      { without: ['messages', 'result'] },
    ),
  /** [live-3p] ddns-go #916 (6111), cloudflare-typescript #161 (6103), Posh-ACME #126 (6102 and 6103 together). */
  malformedCredentials: (chain: { code: number; message: string }[]) =>
    new ApiError(400, [{ code: 6003, message: 'Invalid request headers', error_chain: chain }]),
  /** [live-3p] terraform #1185. */
  unknownKey: () => refusal(403, 9103, 'Unknown X-Auth-Key or X-Auth-Email'),
  /** [live-3p] cloudflare-docs #13405: no messages, no result. For an unknown token and a foreign zone [unverified]. */
  authenticationError: () =>
    new ApiError(403, [{ code: 10000, message: 'Authentication error' }], {
      without: ['messages', 'result'],
    }),
  /**
   * Code and message reported by third parties: for GET and PATCH of another zone setting (min_tls_version) with a token that
   * lacks Zone Settings. Other operations answer 10000. The status, and both for this setting [unverified].
   */
  noZoneSettings: () => refusal(403, 9109, 'Unauthorized to access requested resource'),
  /** `GET /user/tokens/verify` of a token that is not known, or that an account owns: [live-3p] counterscale #268 for the status. */
  invalidToken: () => refusal(401, 1000, 'Invalid API Token'),
  /** `GET /user/tokens/verify` without a token: [live-3p] cloudflare-dyndns #40; the status [unverified]. */
  tokenMissing: () => refusal(400, 1001, 'Missing "Authorization" header'),
  /** [docs] for the status and retry-after; code and message [live-3p] workers-sdk #10025. */
  rateLimited: (retryAfterSeconds: number) =>
    new ApiError(429, [{ code: 971, message: 'Please wait and consider throttling your request speed' }], {
      headers: { 'retry-after': String(retryAfterSeconds) },
    }),

  // --- bodies ---

  /** [live-3p] cloudflare-ddns #10; the status [unverified]. */
  notJson: () => refusal(400, 6007, 'Malformed JSON in request body'),
  /** [unverified] A member is missing or has the wrong type. */
  invalidBody: (problem: string) => refusal(400, UNRECORDED_CODE, `Invalid request body: ${problem}`),
  /** [unverified] */
  invalidQuery: (problem: string) => refusal(400, UNRECORDED_CODE, `Invalid query: ${problem}`),

  // --- certificates ---

  /** [live-3p] distilled; the status [unverified]. */
  unparsableCertificate: () => refusal(400, 1408, 'Unable to parse certificate'),
  /** [live-3p] cloudflare-docs #6798, verbatim: no result; the status [unverified]. */
  notALeaf: () =>
    new ApiError(400, [{ code: 1412, message: 'Only leaf certificate is allowed.' }], {
      without: ['result'],
    }),
  /** [unverified] */
  unusableKey: () => refusal(400, UNRECORDED_CODE, 'Unable to parse private key'),
  /** [docs] ssl/post-quantum-cryptography/pqc-to-origin for the rule; status, code and text [unverified]. */
  expandedKey: () => refusal(400, UNRECORDED_CODE, 'ML-DSA private keys must be in seed format'),
  /** [unverified] */
  keyMismatch: () => refusal(400, UNRECORDED_CODE, 'Private key does not match the certificate'),
  /** [live-3p] terraform #837, verbatim. */
  certificateExists: () => refusal(400, 1406, 'This certificate already exists for this zone.'),
  /** The limit is [docs]; status, code and text [unverified]. */
  tooManyCertificates: (limit: number) =>
    refusal(400, UNRECORDED_CODE, `The limit of ${limit} hostname certificates in this zone is reached`),
  /** [live-3p] distilled, alchemy: 404. */
  zoneCertificateNotFound: () => refusal(404, 1552, 'The requested certificate not found'),
  /** [live-3p] distilled; alchemy HostnameCertificate.ts: 404 with 1551. */
  hostnameCertificateNotFound: () => refusal(404, 1551, 'The requested certificate not found'),
  /** [live-3p] distilled, DELETE of a hostname certificate; the status [unverified]. */
  pendingDeletion: () => refusal(400, 1414, 'Certificate is pending deletion.'),
  /** [live-3p] alchemy, DELETE of a zone certificate "into or past" deletion: 400; the code is not recorded. */
  alreadyDeleted: () => refusal(400, UNRECORDED_CODE, 'Certificate is already deleted.'),
  /** [live-3p] distilled, DELETE of a hostname certificate; that a deleted one is the case [unverified]. */
  invalidCertificateId: () => refusal(400, 1415, 'Invalid Certificate ID'),
  /** [live-3p] distilled; the status [unverified]. */
  certificateInUse: () => refusal(400, 1433, 'Certificate is in use by a hostname.'),
  /** [live-3p] alchemy; the status [unverified]. */
  pendingDeployment: () => refusal(400, 1434, 'Cannot delete resource while in pending deployment state.'),

  // --- hostnames ---

  /** [live-3p] distilled; the status [unverified]. */
  certificateIdRequired: () => refusal(400, 1404, 'Certificate ID required'),
  /** [live-3p] terraform #5531, verbatim: no result. */
  unusableCertificateId: () =>
    new ApiError(
      400,
      [
        {
          code: 1415,
          message: 'Certificate ID in request is either invalid or the certificate has been deleted',
        },
      ],
      { without: ['result'] },
    ),
  /** [live-3p] distilled, alchemy: 404. */
  hostnameNotFound: () => refusal(404, 1553, 'The setting for this hostname not found'),
  /** The limit is [docs]; status, code and text [unverified]. */
  tooManyAssociations: (limit: number) =>
    refusal(400, UNRECORDED_CODE, `The limit of ${limit} hostnames on one certificate is reached`),

  // --- zone settings ---

  /** [live-3p] pulumi #1319, terraform #3003, for other settings, also for a body without a value; the status [unverified]. */
  invalidSettingValue: (id: string) => refusal(400, 1007, `Invalid value for zone setting ${id}`),

  // --- zones ---

  /** [live-3p] alchemy: 409 for zone certificates; code and text are not recorded, other writes [unverified]. */
  concurrentWrite: () => refusal(409, UNRECORDED_CODE, 'Another change in this zone is in progress'),

  // --- tests ---

  /** The answer of a fault rule that has only a status. */
  injected: (status: number) => refusal(status, UNRECORDED_CODE, 'Injected by /__sandbox/faults'),
};
