import { type OperationName } from '../upstream/operations.js';

/**
 * What one record of the audit log says. `intent` is stored before Cloudflare is called and `outcome` after it; a change
 * that was refused here leaves `denied` alone. `not_sent` takes back an intent where nothing was sent in the end. `late` is
 * an outcome that could be stored only after the recovery had given the intent up as `unknown`.
 * `read` is somebody who read the log. The others keep the log itself: a `writer` begins a chain, a `checkpoint` signs
 * where all of them stand, a `tombstone` signs what was pruned.
 */
const stages = [
  'intent',
  'outcome',
  'late',
  'not_sent',
  'denied',
  'read',
  'writer',
  'checkpoint',
  'tombstone',
] as const;
export type Stage = (typeof stages)[number];

/** What came of a change; `unknown`: Cloudflare may have made it. */
export const resultStatuses = ['success', 'failure', 'unknown', 'denied'] as const;
export type ResultStatus = (typeof resultStatuses)[number];

/** The name of the operation at Cloudflare, or `audit.read`. */
type AuditAction = OperationName | 'audit.read';

/**
 * Who asked. The e-mail address stands here and nowhere else; of a token there is only its fingerprint. Null members are
 * left out.
 */
export interface Actor {
  /** `user` where a credential was sent, `unknown` where none was, `system` where the gateway acts by itself. */
  readonly type: 'user' | 'unknown' | 'system';
  /** The e-mail address of an e-mail + key caller, else the fingerprint. */
  readonly id?: string;
  /** What others are shown, and what is searched by: HMAC of the e-mail address where it is verified, else of the credential. */
  readonly fingerprint?: string;
  /** Whether Cloudflare has accepted the credential in this zone. */
  readonly verified: boolean;
  readonly ip?: string;
  /** Cut at 256 characters. */
  readonly user_agent?: string;
}

export interface AuditCredential {
  readonly kind: 'api_token' | 'api_key';
  /** HMAC, not a plain hash: what is short enough to guess cannot be found by trying. */
  readonly fingerprint: string;
}

export interface Target {
  readonly zone_id: string;
  readonly certificate_id?: string;
  /** In A-labels, lower case, without a dot at the end; each once. */
  readonly hostnames?: readonly string[];
  /** How many more were sent that are not written down: what is no hostname, or quotes the credential. */
  readonly hostnames_left_out?: number;
}

/** Of an uploaded certificate, what can be said without its text. Nothing of the private key. */
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

/** What of a thing changed; only these members, and only where they are known. */
export interface State {
  readonly enabled?: boolean | null;
  readonly cert_id?: string | null;
  readonly status?: string | null;
  readonly expires_on?: string | null;
}

/** By what it is the state of: a hostname, a certificate id, or `zone`. */
export type States = Readonly<Record<string, State>>;

/** A state that several things have; without a member, that of each was left out of the record. */
export interface StatesAlike extends State {
  readonly of: readonly string[];
}

/** As `recordedStates` writes them. */
export type RecordedStates = States | readonly StatesAlike[];

export interface Change {
  /** Null where it was not known: it is never asked for. */
  readonly before: RecordedStates | null;
  readonly after: RecordedStates | null;
}

export interface Result {
  readonly status: ResultStatus;
  readonly http_status?: number;
  /** Cloudflare's, or the gateway's own where it refused. */
  readonly codes?: readonly number[];
  readonly cf_ray?: string;
  readonly duration_ms?: number;
  /** The gateway's own kind of error, where it was one. */
  readonly reason?: string;
}

/** Where a chain stands, or stood. */
export interface Head {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
}

export interface Pruned {
  readonly writer: string;
  readonly from_seq: number;
  /** The last one that was removed, and its hash: the chain goes on from there. */
  readonly to: Head;
}

/** All heads that no later writer follows, and the Ed25519 signature over `signedText`. */
export interface Checkpoint {
  readonly heads: readonly Head[];
  readonly signature: string;
}

export interface Tombstone {
  readonly pruned: readonly Pruned[];
  /** Everything removed is older. RFC 3339. */
  readonly before: string;
  readonly signature: string;
}

/** An event as it is handed in: the chain adds the rest. Members that are undefined are left out. */
export interface AuditEvent {
  /** UUIDv7, the same for all stages of one operation: with `stage` it names an event, once. */
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
  /** Of an upload: what Cloudflare has kept, else what was sent. Null where it cannot be read. */
  readonly cert?: CertificateFacts | null;
  readonly change?: Change;
  readonly result?: Result;
  /** How many there were like it, where more than one is told at once. */
  readonly count?: number;
  /** Of a `writer`: the heads that its chain follows. */
  readonly follows?: readonly Head[];
  readonly checkpoint?: Checkpoint;
  readonly tombstone?: Tombstone;
}

/** An event in its place in a chain, as its text says it. */
export interface ChainedEvent extends AuditEvent {
  /** One for each start of a process, and for each time that its store failed. */
  readonly writer: string;
  /** From 1, without a gap. */
  readonly seq: number;
  /** The hash of the record before it; empty for the first. */
  readonly prev: string;
  /** The key of `hash`. */
  readonly kid: string;
}
