import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Call, type Operation } from '../../domain/cloudflare/operations.js';

/** The place in the audit log of the last record of a change that is known to be stored. */
export interface Receipt {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
  /** Of the record: `outcome` or `late`; `intent` if the outcome is stored later; `not_sent` if the intent was taken back. */
  readonly stage: 'intent' | 'outcome' | 'late' | 'not_sent';
}

export interface Refusal {
  /** The gateway's kind of error; `not_admitted` or `refused_before` if Cloudflare refused. */
  readonly reason: string;
  readonly codes: readonly number[];
}

/** The change that a request makes: one at most. It exists as soon as its operation is known. */
export class Change {
  /** Names the change in messages, logs and audit records; null until the change is begun: before that nothing was sent. */
  operationId: string | null = null;

  /** Null until the body and the identifiers have been read. */
  call: Call | null = null;

  /** Why the change was refused before it was begun. */
  refusal: Refusal | null = null;

  /** Null until the intent is stored, and for a change that was refused before. */
  receipt: Receipt | null = null;

  /** Whether the outcome could not be stored in time: it is stored later. */
  isAuditPending = false;

  constructor(readonly operation: Operation) {}

  /** @param credential that the call is made with */
  begin(call: Call, operationId: string, credential: Credential): BegunChange {
    return Object.assign(this, { call, operationId, credential });
  }

  /** Keeps the first reason, because it is the cause of the others. */
  refuse(refusal: Refusal): void {
    this.refusal ??= refusal;
  }
}

/** A change that has its operation id, and may be sent. */
export type BegunChange = Change & {
  readonly call: Call;
  readonly operationId: string;
  readonly credential: Credential;
};
