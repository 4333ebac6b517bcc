import { crc32 } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { AccessPolicy } from '../access/access-policy.js';
import { Places } from '../cache/place.js';
import {
  type Composed,
  type Part,
  type WholeAnswer,
  WholeAnswers,
  type WholeKey,
} from '../cache/whole-answers.js';
import { type Identity } from '../request/identity.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Metrics } from '../../platform/telemetry/metrics.js';

/** Answers that are composed of several reads, kept as a whole. */
@Injectable()
export class WholeReads {
  /** Who may make every call of an answer, in a version of the access rules. */
  private readonly allowed = new WeakMap<WholeAnswer, { version: string; clients: WeakSet<Identity> }>();

  constructor(
    private readonly access: AccessPolicy,
    private readonly places: Places,
    private readonly wholes: WholeAnswers,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param form the method, and the types that the client accepts
   * @param asked all else that the answer depends on, besides who asks
   * @returns null if the client is not known
   */
  keyOf({ identity, client }: RequestContext, form: string, asked: Buffer): WholeKey | null {
    if (identity instanceof GatewayError) return null;
    // One answer serves all callers whose calls are made with the same credentials: `mayGive` asks what each may read.
    const isNamed = identity.kind === 'principal';
    const shared = isNamed ? '' : this.places.credential(identity.credential);
    const partition = isNamed ? identity.id : shared;
    // A checksum, because the hash of a long string takes longer than all else that finding an answer does.
    const parts = [shared, this.access.version, client.apiVersion ?? '', form, asked.length, crc32(asked)];
    return { partition, name: parts.join('\n'), asked };
  }

  /** The fresh whole answer, which may be given to the client if `mayGive` says so. */
  find({ client }: RequestContext, key: WholeKey): WholeAnswer | null {
    return client.wantsFresh ? null : this.wholes.find(key);
  }

  /** Whether the client may make every call of the answer, and every part of it is known to be valid at this moment. */
  mayGive(ctx: RequestContext, whole: WholeAnswer): boolean {
    return this.isAllowed(ctx, whole) && this.wholes.stands(whole);
  }

  /** Asked once for each client, answer and version: an answer may have a hundred parts. */
  private isAllowed(ctx: RequestContext, whole: WholeAnswer): boolean {
    const { identity } = ctx;
    if (identity instanceof GatewayError) return false;
    const { version } = this.access;
    let known = this.allowed.get(whole);
    if (known?.version !== version) {
      known = { version, clients: new WeakSet() };
      this.allowed.set(whole, known);
    }
    if (known.clients.has(identity)) return true;
    const isAllowed = whole.parts.every((part) => this.access.allowed(ctx, part.call) !== null);
    if (isAllowed) known.clients.add(identity);
    return isAllowed;
  }

  /** Asks whether the parts are valid, if that is not known. */
  confirm(whole: WholeAnswer): Promise<void> {
    return this.wholes.confirm(whole);
  }

  /** Counts and logs a request that is answered with a whole answer, and each part as a hit. */
  count(ctx: RequestContext, { composed, parts, operations }: WholeAnswer): void {
    ctx.graphql = composed.graphql;
    ctx.readOutcomes.push(...parts);
    for (const [operation, count] of operations) this.metrics.read(operation, 'hit', count);
  }

  /** Keeps an answer that the reads of a request were composed into, if each of them is kept. */
  keep(ctx: RequestContext, key: WholeKey, composed: Omit<Composed, 'graphql'>): void {
    const parts = ctx.readOutcomes.flatMap(({ call, cache }): Part[] =>
      cache.kept ? [{ call, kept: cache.kept, cache: { ...cache, how: 'hit' } }] : [],
    );
    const areAllKept = parts.length === ctx.reads.size && parts.length === ctx.readOutcomes.length;
    if (parts.length > 0 && areAllKept) this.wholes.keep(key, { ...composed, graphql: ctx.graphql }, parts);
  }
}
