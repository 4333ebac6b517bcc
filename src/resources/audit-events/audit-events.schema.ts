import { z } from 'zod';
import { resultStatuses } from '../../gateway/audit/record/event.js';
import { recordedHostname } from '../../gateway/audit/log/names.js';
import { inUtc } from '../../platform/context/rfc3339.js';
import { operations } from '../../domain/cloudflare/operations.js';

const changes = Object.values(operations).filter(({ kind }) => kind === 'write');
const actions = [...changes.map(({ name }) => name), 'audit.read'];

const fingerprint = 'fp_0123456789abcdef0123456789abcdef';
const sha256 = '6f1ed002ab5595859014ebf0951522d9b9a4c6c2d1e2f3a4b5c6d7e8f9a0b1c2';

export const actorSchema = z.object({
  type: z
    .enum(['user', 'unknown', 'system'])
    .describe('`user`: a credential was sent. `unknown`: none was. `system`: the gateway by itself.'),
  id: z
    .string()
    .optional()
    .describe("Your own e-mail address where you use one; anybody else's, and a token's, is a fingerprint."),
  fingerprint: z.string().optional().describe('What this actor can be searched by.'),
  verified: z.boolean().describe('Whether Cloudflare had accepted the credential for this zone.'),
  ip: z.string().optional().describe("Where the request came from; anybody else's is a fingerprint."),
  user_agent: z.string().optional().describe("Of the request; anybody else's is a fingerprint."),
});

export const credentialSchema = z.object({
  kind: z.enum(['api_token', 'api_key']).describe('What kind of credential it was.'),
  fingerprint: z.string().describe('Tells credentials apart, and says nothing of them.'),
});

export const targetSchema = z.object({
  zone_id: z.string().describe('The zone.'),
  certificate_id: z.string().optional().describe('The certificate.'),
  hostnames: z
    .array(z.string())
    .optional()
    .describe('All hostnames that were sent, in A-labels, lower case, without a dot at the end.'),
  hostnames_left_out: z
    .number()
    .int()
    .optional()
    .describe('How many more were sent and are not written down: no hostnames, or a credential.'),
});

export const certificateFactsSchema = z.object({
  sha256: z.string().describe('SHA-256 of the DER, lower-case hex.'),
  serial: z.string().describe('Serial number, lower-case hex.'),
  spki_sha256: z.string().describe('SHA-256 of the SubjectPublicKeyInfo, lower-case hex.'),
  not_before: z.string().describe('From when it is valid, RFC 3339.'),
  not_after: z.string().describe('Until when it is valid, RFC 3339.'),
  key_type: z.string().describe('Kind of its public key, for example `rsa`.'),
  key_bits: z.number().int().optional().describe('Size of its public key.'),
  issuer_cn: z.string().optional().describe('Common name of who issued it.'),
});

/** A member is absent where it was not known; null is a known value. */
export const stateSchema = z.object({
  enabled: z.boolean().nullish().describe('Whether it is enabled; null: the association is void.'),
  cert_id: z.string().nullish().describe('The certificate of a hostname.'),
  status: z.string().nullish().describe('Where it stands at Cloudflare.'),
  expires_on: z.string().nullish().describe('When a certificate expires, RFC 3339.'),
});

const statesSchema = z.record(z.string(), stateSchema).nullable();

const changeSchema = z.object({
  before: statesSchema.describe(
    'By hostname, certificate id, `zone` or `global_level`; null where it was not known.',
  ),
  after: statesSchema.describe('The same, as Cloudflare answered it.'),
});

export const resultSchema = z.object({
  status: z
    .enum(resultStatuses)
    .describe('What came of it; `unknown`: Cloudflare may have made the change, or not.'),
  http_status: z.number().int().optional().describe('Status of the answer.'),
  codes: z.array(z.number().int()).optional().describe("Cloudflare's codes, or the gateway's own."),
  cf_ray: z.string().optional().describe('Names the call at Cloudflare.'),
  duration_ms: z.number().int().optional().describe('How long it took, in milliseconds.'),
  reason: z.string().optional().describe("The gateway's own kind of error, where it was one."),
});

export const chainSchema = z.object({
  writer: z.string().describe('The chain: one for each start of a gateway.'),
  seq: z.number().int().describe('Where in it, from 1.'),
  hash: z.string().describe('HMAC of the record; the log line of a change names it too.'),
  prev: z.string().describe('The hash before it in the chain.'),
  kid: z.string().describe('Names the key of the hash.'),
});

/** One step of an operation. Unknown members are absent. */
export const auditEventSchema = z
  .object({
    op_id: z.string().describe('The operation: the same in all its events.'),
    stage: z
      .enum(['intent', 'outcome', 'late', 'not_sent', 'denied', 'read'])
      .describe('Which step of the operation it is; `intent` comes before the call to Cloudflare.'),
    ts: z.string().describe('When, RFC 3339.'),
    action: z.string().optional().describe('What was done, for example `zone_certificate.upload`.'),
    entry: z.enum(['rest', 'graphql', 'recovery', 'cli']).optional().describe('Which way it came in.'),
    actor: actorSchema.optional().describe('Who it was.'),
    credential: credentialSchema.optional().describe('What was used to prove it.'),
    request_id: z.string().optional().describe('The `X-Request-Id` that was answered.'),
    trace_id: z.string().optional().describe("Of the caller's `traceparent`."),
    target: targetSchema.describe('What it was about.'),
    cert: certificateFactsSchema
      .nullish()
      .describe(
        'Of an upload: the certificate that Cloudflare has kept, else the one that was sent; null: unreadable.',
      ),
    change: changeSchema.optional().describe('What changed.'),
    result: resultSchema.optional().describe('What came of it.'),
    count: z.number().int().optional().describe('How many there were like it, where one stands for several.'),
    chain: chainSchema.describe('Where it stands in the log.'),
  })
  .meta({ id: 'AuditEvent' });

export type ShownEvent = z.output<typeof auditEventSchema>;

/** A text that is converted; `convert` returns null for an invalid one. */
const converted = (error: string, convert: (text: string) => string | null) =>
  z.string({ error }).transform((text, context) => {
    const value = convert(text);
    if (value === null) context.addIssue({ code: 'custom', message: error });
    return value ?? '';
  });

const time = (example: string) =>
  converted('must be an RFC 3339 date and time, for example 2026-01-01T00:00:00Z', inUtc).meta({
    format: 'date-time',
    example,
  });

/** A certificate id has the form of a hostname, so one check covers both. */
const target = converted('must be a certificate id or a hostname', recordedHostname);

const text = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, error);
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/** The filter of REST and GraphQL. Each message continues after the name of the parameter, and quotes no input. */
export const auditFilterSchema = z.strictObject({
  action: oneOf(actions).optional().describe('Only this action.'),
  actor: text(
    /^fp_[0-9a-f]{32}$|@/,
    'must be a fingerprint (fp_ and 32 lower-case hexadecimal characters) or your own e-mail address',
  )
    .optional()
    .describe('Only this actor: a fingerprint, or your own e-mail address.')
    .meta({ example: fingerprint }),
  status: oneOf(resultStatuses).optional().describe('Only with this result.'),
  target: target
    .optional()
    .describe('Only about this certificate id or hostname, in any spelling.')
    .meta({ example: 'app.example.com' }),
  since: time('2026-01-01T00:00:00Z').optional().describe('From then on.'),
  before: time('2026-02-01T00:00:00Z').optional().describe('Until just before then.'),
  request_id: text(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, underscores or hyphens')
    .optional()
    .describe('Only of this request.'),
  incomplete: z
    .boolean({ error: 'must be true or false' })
    .optional()
    .describe('True: only intents without an outcome, that were not taken back either.'),
});

export const most = 1000;
const range = `must be from 1 to ${most}`;

function numberIn(text: unknown): unknown {
  return typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : text;
}

/** The query over REST, where everything is text. */
export const searchAuditEventsSchema = auditFilterSchema.extend({
  zone: text(/^[0-9a-f]{32}$/, 'must be given: 32 lower-case hexadecimal characters').describe('The zone.'),
  incomplete: oneOf(['true', 'false'])
    .transform((given) => given === 'true')
    .optional()
    .describe('`true`: only intents without an outcome, that were not taken back either.'),
  limit: z
    .preprocess(numberIn, z.int({ error: range }).min(1, range).max(most, range))
    .default(50)
    .describe('Events a page; it has fewer where they are long.'),
  cursor: z
    .string({ error: 'must be given once' })
    .optional()
    .describe('The `cursor` of the page before: goes on after it.'),
});

export const auditEventExample: ShownEvent = {
  op_id: '0198f3a0-5c1e-7d2a-9b60-3f6f4a8f7c11',
  stage: 'outcome',
  ts: '2026-01-01T00:00:00.000Z',
  action: 'settings.update',
  entry: 'rest',
  actor: { type: 'user', id: fingerprint, fingerprint, verified: true, ip: fingerprint },
  credential: { kind: 'api_token', fingerprint },
  request_id: '0198f3a0-5c1d-7a41-8f0e-0d8a2f6b1e55',
  target: { zone_id: '023e105f4ecef8ad9ca31a8372d0c353' },
  change: { before: { zone: { enabled: true } }, after: { zone: { enabled: false } } },
  result: {
    status: 'success',
    http_status: 200,
    codes: [],
    cf_ray: '230b030023ae2822-SJC',
    duration_ms: 120,
  },
  chain: { writer: '0198f39f-0000-7000-8000-000000000001', seq: 7, hash: sha256, prev: sha256, kid: 'k1' },
};
