import { type RequestContext } from '../../request/request-context.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { type AnyCall } from '../../../domain/cloudflare/operations.js';

/** A call on its way to Cloudflare. */
export interface OutgoingCall {
  readonly ctx: RequestContext;
  readonly credential: Credential;
  readonly call: AnyCall;
  readonly url: URL;
  /** The name of the caller, whose share of the calls it takes. */
  readonly caller: string;
  /** How long it may take, in milliseconds. */
  readonly withinMs: number;
  /** Ends the call early; undefined for a change, which always goes on. */
  readonly signal: AbortSignal | undefined;
  /** `fresh`: not on a connection that was used before. */
  readonly connection: 'kept' | 'fresh';
}

/** @throws GatewayError, or the reason of the signal */
export type Send = (outgoing: OutgoingCall) => Promise<Answer>;

/** One concern of all calls: does its part before and after `next`, or refuses the call by throwing. */
export type Policy = (outgoing: OutgoingCall, next: Send) => Promise<Answer>;
