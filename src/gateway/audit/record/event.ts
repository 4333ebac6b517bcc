import { z } from 'zod';

/**
 * The kinds of record. `intent` is stored before the call to Cloudflare, `outcome` after it, `not_sent` instead of it.
 * `late` corrects the outcome `unknown` that the recovery stored. The gateway refused a `denied` change. `read` is a read of
 * the log. `access` is a change of the access file. A `writer` begins a chain, a `checkpoint` signs the heads of all chains, a `tombstone` signs what was pruned.
 */
const stages = [
  'intent',
  'outcome',
  'late',
  'not_sent',
  'denied',
  'read',
  'access',
  'writer',
  'checkpoint',
  'tombstone',
] as const;

/** The result of a change; `unknown`: Cloudflare may have made it. */
export const resultStatuses = ['success', 'failure', 'unknown', 'denied'] as const;

/** Who made the request. Only `id` and `name` hold an e-mail address. */
export const actorSchema = z.object({
  type: z
    .enum(['user', 'service', 'unknown', 'system'])
    .describe(
      '`user`: a credential was sent. `service`: an API key of the gateway was sent. `unknown`: none was sent that could be read. `system`: the gateway by itself.',
    ),
  id: z
    .string()
    .exactOptional()
    .describe(
      'The caller in managed mode, as `<issuer>|<sub>` or `key|<name>`, or the e-mail address of a caller with an API key: shown to that caller and to auditors; else a fingerprint.',
    ),
  name: z
    .string()
    .exactOptional()
    .describe('What people know the caller by, in managed mode; shown as `id` is.'),
  // Of the id in managed mode; of the e-mail address if it is verified; else of the credential.
  fingerprint: z.string().exactOptional().describe('The fingerprint that searches find this actor by.'),
  verified: z
    .boolean()
    .describe(
      'Whether the caller is known for certain: Cloudflare had accepted the credential for this zone, or the gateway itself knows the caller.',
    ),
  ip: z
    .string()
    .exactOptional()
    .describe('The IP address of the request, shown to the actor; to others a fingerprint.'),
  // Cut at 256 characters.
  user_agent: z
    .string()
    .exactOptional()
    .describe('The user agent of the request, shown to the actor; to others a fingerprint.'),
});

export const credentialSchema = z.object({
  kind: z.enum(['api_token', 'api_key']).describe('The kind of the credential.'),
  // HMAC, not a plain hash, so that a short credential cannot be found by trying.
  fingerprint: z.string().describe('Identifies the credential without revealing it.'),
  token_id: z
    .string()
    .exactOptional()
    .describe(
      "The id of the API token at Cloudflare, by which Cloudflare's audit log names it. Shown to its holder alone. Not known for a token that an account owns.",
    ),
});

export const targetSchema = z.object({
  zone_id: z.string().describe('The zone.'),
  certificate_id: z.string().exactOptional().describe('The certificate.'),
  hostnames: z
    .array(z.string())
    .exactOptional()
    .describe('All hostnames that were sent, in A-labels, lower case, without a dot at the end.'),
  hostnames_left_out: z
    .number()
    .int()
    .exactOptional()
    .describe(
      'How many more were sent and are not recorded, because they are no hostname or quote a credential.',
    ),
});

/** The recorded facts of an uploaded certificate. The text is not recorded, nor anything of the private key. */
export const certificateFactsSchema = z.object({
  sha256: z.string().describe('SHA-256 of the DER, lower-case hex.'),
  serial: z.string().describe('Serial number, lower-case hex.'),
  spki_sha256: z.string().describe('SHA-256 of the SubjectPublicKeyInfo, lower-case hex.'),
  not_before: z.string().describe('When it begins to be valid, RFC 3339.'),
  not_after: z.string().describe('When it expires, RFC 3339.'),
  key_type: z.string().describe('The type of its public key, for example `rsa`.'),
  key_bits: z.number().int().exactOptional().describe('The size of its public key in bits, if it is RSA.'),
  issuer_cn: z.string().exactOptional().describe('The common name of its issuer.'),
});

/** The recorded members of a setting, an association or a certificate. Absent: not known; null is a known value. */
export const stateSchema = z.object({
  enabled: z
    .boolean()
    .nullable()
    .exactOptional()
    .describe('Whether it is enabled. Null: the association is void.'),
  cert_id: z.string().nullable().exactOptional().describe('The certificate of a hostname.'),
  status: z.string().nullable().exactOptional().describe('Its status at Cloudflare.'),
  expires_on: z.string().nullable().exactOptional().describe('When a certificate expires, RFC 3339.'),
});

/** By hostname, certificate id, `zone` or `global_level`. */
export const statesSchema = z.record(z.string(), stateSchema);

/** The state of several names; without a member, their states are left out of the record. */
const statesAlikeSchema = stateSchema.extend({ of: z.array(z.string()) });

/** As `recordedStates` returns them; null if the cache does not know them: no call is made for it. */
const recordedStatesSchema = z.union([statesSchema, z.array(statesAlikeSchema)]).nullable();

export const resultSchema = z.object({
  status: z
    .enum(resultStatuses)
    .describe('The result. `unknown`: Cloudflare may have made the change, or not.'),
  http_status: z.number().int().exactOptional().describe('The HTTP status of the answer.'),
  codes: z
    .array(z.number().int())
    .exactOptional()
    .describe("Cloudflare's error codes, or those of the gateway."),
  cf_ray: z.string().exactOptional().describe('The name of the call at Cloudflare.'),
  duration_ms: z.number().int().exactOptional().describe('The duration of the call in milliseconds.'),
  reason: z.string().exactOptional().describe("The gateway's kind of error, if it was one."),
});

/** The last record of a chain, now or at an earlier time. */
const headSchema = z.object({
  writer: z.string().describe('The chain: one for each start of a gateway.'),
  seq: z.number().int().describe('The position in the chain, from 1.'),
  hash: z.string().describe('HMAC of the record; the receipt of a change names it too.'),
});

export const chainSchema = headSchema.extend({
  prev: z.string().describe('The hash of the record before it in the chain.'),
  kid: z.string().describe('The name of the key of the hash.'),
});

/** `to` is the last record that was removed: the chain continues after it. */
const prunedSchema = z.object({ writer: z.string(), from_seq: z.number(), to: headSchema });

/** The heads that no later writer follows, and the Ed25519 signature of `{ heads }` as canonical JSON. */
const checkpointSchema = z.object({ heads: z.array(headSchema), signature: z.string() });

/** All removed records are older than `before`. */
const tombstoneSchema = z.object({
  pruned: z.array(prunedSchema),
  before: z.string(),
  signature: z.string(),
});

/** The access file before a change of it, and after. */
export const accessSchema = z.object({
  sha256: z.string().describe('SHA-256 of the access file from then on, lower-case hex.'),
  previous: z
    .string()
    .exactOptional()
    .describe('SHA-256 of the access file before. Absent at the start of a gateway.'),
});

/** An event before it has a place in a chain. Members that are undefined are left out of the record. */
export const eventSchema = z.object({
  // UUIDv7. With `stage` it is unique to an event.
  op_id: z.string().describe('The operation: the same in all its events.'),
  stage: z.enum(stages),
  ts: z.string().describe('When it happened, RFC 3339.'),
  // The name of the operation at Cloudflare, or `audit.read`.
  action: z.string().exactOptional(),
  entry: z
    .enum(['rest', 'graphql', 'recovery', 'cli'])
    .exactOptional()
    .describe('The interface of the request.'),
  actor: actorSchema.exactOptional().describe('Who made the request.'),
  credential: credentialSchema
    .exactOptional()
    .describe(
      'The credential of Cloudflare: that of the request, or in managed mode that of the gateway which the call is made with.',
    ),
  request_id: z.string().exactOptional().describe('The `X-Request-Id` of the answer.'),
  trace_id: z.string().exactOptional().describe('The trace id in the `traceparent` of the request.'),
  target: targetSchema.exactOptional(),
  cert: certificateFactsSchema
    .nullable()
    .exactOptional()
    .describe(
      'Of an upload: the certificate that Cloudflare keeps, else the one that was sent. Null if it cannot be read.',
    ),
  change: z.object({ before: recordedStatesSchema, after: recordedStatesSchema }).exactOptional(),
  access: accessSchema.exactOptional().describe('Of a change of the access file.'),
  result: resultSchema.exactOptional().describe('The result.'),
  count: z
    .number()
    .int()
    .exactOptional()
    .describe('How many equal events this one stands for, if it is more than one.'),
  // Of a `writer`: the heads that its chain follows.
  follows: z.array(headSchema).exactOptional(),
  checkpoint: checkpointSchema.exactOptional(),
  tombstone: tombstoneSchema.exactOptional(),
});

type Frozen<T> = T extends object ? { readonly [Member in keyof T]: Frozen<T[Member]> } : T;
type Of<Schema extends z.ZodType> = Frozen<z.output<Schema>>;

export type Stage = (typeof stages)[number];
export type ResultStatus = (typeof resultStatuses)[number];
export type Actor = Of<typeof actorSchema>;
export type AuditCredential = Of<typeof credentialSchema>;
export type Target = Of<typeof targetSchema>;
export type CertificateFacts = Of<typeof certificateFactsSchema>;
export type State = Of<typeof stateSchema>;
export type States = Of<typeof statesSchema>;
export type StatesAlike = Of<typeof statesAlikeSchema>;
export type RecordedStates = NonNullable<Of<typeof recordedStatesSchema>>;
export type Result = Of<typeof resultSchema>;
export type Head = Of<typeof headSchema>;
export type Pruned = Of<typeof prunedSchema>;
export type Checkpoint = Of<typeof checkpointSchema>;
export type Tombstone = Of<typeof tombstoneSchema>;
export type AuditEvent = Of<typeof eventSchema>;

/** An event with its place in a chain: the JSON of a record. `prev` is empty for the first. */
export type ChainedEvent = AuditEvent & Omit<Of<typeof chainSchema>, 'hash'>;
