import { z } from 'zod';
import {
  chainSchema,
  eventSchema,
  resultStatuses,
  statesSchema,
  targetSchema,
} from '../../gateway/audit/record/event.js';
import { recordedHostname } from '../../gateway/audit/log/names.js';
import { inUtc } from '../../platform/context/rfc3339.js';
import { operations } from '../../domain/cloudflare/operations.js';

const changes = Object.values(operations).filter(({ kind }) => kind === 'write');
const actions = [
  ...changes.map(({ name }) => name),
  ...['audit.read', 'audit.search', 'access.change', 'access.identify'],
];

const fingerprint = 'fp_0123456789abcdef0123456789abcdef';
const sha256 = '6f1ed002ab5595859014ebf0951522d9b9a4c6c2d1e2f3a4b5c6d7e8f9a0b1c2';

const changeSchema = z.object({
  before: statesSchema
    .nullable()
    .describe('By hostname, certificate id, `zone` or `global_level`; null where it was not known.'),
  after: statesSchema.nullable().describe('The same, as Cloudflare answered it.'),
});

/** A recorded event as it is shown. What keeps the log itself, such as a checkpoint, is not shown. Unknown members are absent. */
export const auditEventSchema = eventSchema
  .omit({ follows: true, checkpoint: true, tombstone: true })
  .extend({
    stage: z
      .enum(['intent', 'outcome', 'late', 'not_sent', 'denied', 'read', 'access'])
      .describe('The step of the operation. An `intent` is stored before the call to Cloudflare.'),
    action: z
      .string()
      .exactOptional()
      .describe(`What was done: ${actions.join(', ')}. Later versions may add others.`),
    target: targetSchema.exactOptional().describe('What it was about. Absent if it was about no zone.'),
    change: changeSchema.exactOptional().describe('What changed.'),
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
    /^fp_[0-9a-f]{32}$|[@|]/,
    'must be a fingerprint (fp_ and 32 lower-case hexadecimal characters) or your own name',
  )
    .optional()
    .describe(
      'Only this actor: a fingerprint, or yourself by your e-mail address or id. Auditors may give any id.',
    )
    .meta({ example: fingerprint }),
  status: oneOf(resultStatuses).optional().describe('Only with this result.'),
  target: target
    .optional()
    .describe(
      'Only about this certificate, by its identifier at Cloudflare, or this hostname, in any spelling.',
    )
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
  zone: text(/^[0-9a-f]{32}$/, 'must be 32 lower-case hexadecimal characters')
    .optional()
    .describe('The zone. Without it: all zones, for auditors.'),
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
  actor: { type: 'user', id: fingerprint, fingerprint, verified: true, ip: '192.0.2.1' },
  credential: { kind: 'api_token', fingerprint, token_id: 'ed17574386854bf78a67040be0a770b0' },
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
