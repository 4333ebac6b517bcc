import { type OperationName } from '../../../domain/cloudflare/operations.js';

/**
 * The kinds of record. `intent` is stored before the call to Cloudflare, `outcome` after it, `not_sent` instead of it.
 * `late` corrects the outcome `unknown` that the recovery stored. The gateway refused a `denied` change. `read` is a read of
 * the log. A `writer` begins a chain, a `checkpoint` signs the heads of all chains, a `tombstone` signs what was pruned.
 */
export type Stage =
  'intent' | 'outcome' | 'late' | 'not_sent' | 'denied' | 'read' | 'writer' | 'checkpoint' | 'tombstone';

/** The result of a change; `unknown`: Cloudflare may have made it. */
export const resultStatuses = ['success', 'failure', 'unknown', 'denied'] as const;
export type ResultStatus = (typeof resultStatuses)[number];

/** The name of the operation at Cloudflare, or `audit.read`. */
type AuditAction = OperationName | 'audit.read';

/** Who made the request. Only this member holds an e-mail address. */
export interface Actor {
  /** `user` if a credential was sent, `unknown` if none was, `system` for the gateway itself. */
  readonly type: 'user' | 'unknown' | 'system';
  /** The e-mail address of a caller with an API key, else the fingerprint. */
  readonly id?: string;
  /** Shown to others and searched by: HMAC of the e-mail address if it is verified, else of the credential. */
  readonly fingerprint?: string;
  /** Whether Cloudflare has accepted the credential in this zone. */
  readonly verified: boolean;
  readonly ip?: string;
  /** Cut at 256 characters. */
  readonly user_agent?: string;
}

export interface AuditCredential {
  readonly kind: 'api_token' | 'api_key';
  /** HMAC, not a plain hash, so that a short credential cannot be found by trying. */
  readonly fingerprint: string;
}

export interface Target {
  readonly zone_id: string;
  readonly certificate_id?: string;
  /** In A-labels, lower case, without a dot at the end; each once. */
  readonly hostnames?: readonly string[];
  /** The number of entries that are not recorded, because they are no hostname or quote the credential. */
  readonly hostnames_left_out?: number;
}

/** The recorded facts of an uploaded certificate. The text is not recorded, nor anything of the private key. */
export interface CertificateFacts {
  /** SHA-256 of the DER, lower-case hex. */
  readonly sha256: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
  readonly spki_sha256: string;
  /** RFC 3339. */
  readonly not_before: string;
  readonly not_after: string;
  readonly key_type: string;
  readonly key_bits?: number;
  readonly issuer_cn?: string;
}

/** The recorded members of a setting, an association or a certificate, as far as they are known. */
export interface State {
  readonly enabled?: boolean | null;
  readonly cert_id?: string | null;
  readonly status?: string | null;
  readonly expires_on?: string | null;
}

/** By hostname, certificate id, `zone` or `global_level`. */
export type States = Readonly<Record<string, State>>;

/** The state of several names; without a member, their states are left out of the record. */
export interface StatesAlike extends State {
  readonly of: readonly string[];
}

/** As `recordedStates` returns them. */
export type RecordedStates = States | readonly StatesAlike[];

interface Change {
  /** Null if the cache does not know it: no call is made for it. */
  readonly before: RecordedStates | null;
  readonly after: RecordedStates | null;
}

export interface Result {
  readonly status: ResultStatus;
  readonly http_status?: number;
  /** Of Cloudflare, or of the gateway if it refused. */
  readonly codes?: readonly number[];
  readonly cf_ray?: string;
  readonly duration_ms?: number;
  /** The kind of an error of the gateway. */
  readonly reason?: string;
}

/** The last record of a chain, now or at an earlier time. */
export interface Head {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
}

export interface Pruned {
  readonly writer: string;
  readonly from_seq: number;
  /** The last record that was removed: the chain continues after it. */
  readonly to: Head;
}

/** The heads that no later writer follows, and the Ed25519 signature of `{ heads }` as canonical JSON. */
export interface Checkpoint {
  readonly heads: readonly Head[];
  readonly signature: string;
}

export interface Tombstone {
  readonly pruned: readonly Pruned[];
  /** All removed records are older. RFC 3339. */
  readonly before: string;
  readonly signature: string;
}

/** An event before it has a place in a chain. Members that are undefined are left out of the record. */
export interface AuditEvent {
  /** UUIDv7, the same for all stages of one operation. With `stage` it is unique to an event. */
  readonly op_id: string;
  readonly stage: Stage;
  /** RFC 3339 with milliseconds, UTC. */
  readonly ts: string;
  readonly action?: AuditAction;
  readonly entry?: 'rest' | 'graphql' | 'recovery' | 'cli';
  readonly actor?: Actor;
  readonly credential?: AuditCredential;
  readonly request_id?: string;
  /** Of the caller's `traceparent`. */
  readonly trace_id?: string;
  readonly target?: Target;
  /** Of an upload: the certificate that Cloudflare kept, else the one that was sent. Null if it cannot be read. */
  readonly cert?: CertificateFacts | null;
  readonly change?: Change;
  readonly result?: Result;
  /** The number of equal events that this one stands for, if it is more than one. */
  readonly count?: number;
  /** Of a `writer`: the heads that its chain follows. */
  readonly follows?: readonly Head[];
  readonly checkpoint?: Checkpoint;
  readonly tombstone?: Tombstone;
}

/** An event with its place in a chain: the JSON of a record. */
export interface ChainedEvent extends AuditEvent {
  /** The chain. A process begins one at its start, and after each failure of its store. */
  readonly writer: string;
  /** From 1, without a gap. */
  readonly seq: number;
  /** The hash of the record before it; empty for the first. */
  readonly prev: string;
  /** The key of `hash`. */
  readonly kid: string;
}
