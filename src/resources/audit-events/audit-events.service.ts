import { Inject, Injectable } from '@nestjs/common';
import { type z } from 'zod';
import { AccessPolicy } from '../../gateway/access/access-policy.js';
import { AuditLog } from '../../gateway/audit/log/audit-log.js';
import { callerOf, emailFingerprint } from '../../gateway/audit/log/caller.js';
import { inTime } from '../../gateway/audit/log/in-time.js';
import { AuditKeys } from '../../gateway/audit/record/keys.js';
import { isLasting } from '../../gateway/audit/postgres/errors.js';
import { type ChainedEvent } from '../../gateway/audit/record/event.js';
import { type StoredRecord } from '../../gateway/audit/record/record.js';
import {
  AUDIT_STORE,
  type AuditFilter,
  type AuditStore,
  AuditStoreError,
  type EventName,
  type PageEnd,
} from '../../gateway/audit/record/store.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { awayError } from '../../platform/errors/away-error.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { ZoneAdmission } from '../../gateway/pipeline/zone-admission.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { commonArea } from '../../domain/cloudflare/operations.js';
import { cursorOf } from './audit-cursor.js';
import { type auditFilterSchema, most, type ShownEvent } from './audit-events.schema.js';
import { malformed } from './checked.js';
import { shownEvent, type Viewer } from './shown-event.js';

const isFingerprint = /^fp_[0-9a-f]{32}$/;
const withinMs = 5000;
const atOnce = 100;
/** Characters of the records in a page. */
const longestPage = 2 * 1024 * 1024;
/** A store answers few at a time, and completes a search whose request has timed out. */
const mostAtOnce = 16;

export interface Search {
  /** Null: of all zones, for auditors. */
  readonly zoneId: string | null;
  readonly filter: z.output<typeof auditFilterSchema>;
  /** How many events; at most `most`. */
  readonly first: number;
  readonly after: PageEnd | null;
}

export interface AuditPage {
  /** Newest first. */
  readonly edges: readonly { readonly cursor: string; readonly node: ShownEvent }[];
  readonly hasMore: boolean;
}

/** The events of a zone, for clients that may read the zone; and those of all zones, for auditors. */
@Injectable()
export class AuditEventsService {
  private readonly asked = new WeakMap<RequestContext, number>();
  private underWay = 0;

  constructor(
    private readonly access: AccessPolicy,
    private readonly admission: ZoneAdmission,
    private readonly log: AuditLog,
    private readonly keys: AuditKeys,
    @Inject(AUDIT_STORE) private readonly store: AuditStore,
  ) {}

  /**
   * Resolves to a page, or to Cloudflare's refusal of the zone.
   *
   * @throws GatewayError
   */
  async list(ctx: RequestContext, { zoneId, filter, first, after }: Search): Promise<AuditPage | Answer> {
    this.count(ctx, first);
    const viewer = this.viewerOf(ctx, zoneId);
    const { request_id: requestId, ...same } = filter;
    // The cast holds: the stores ignore a member that is undefined.
    const wanted = {
      ...same,
      zoneId,
      requestId,
      actor: actorOf(filter.actor, viewer, this.keys),
    } as AuditFilter;
    const refusal = await this.refusalIn(ctx, zoneId);
    if (refusal) return refusal;
    const { records, hasMore } = await this.inTime(() => this.page(wanted, first, after));
    this.log.wasRead(ctx, zoneId);
    const edges = records.map((record) => ({
      cursor: cursorOf(endOf(record)),
      node: shownEvent(record, viewer, this.keys),
    }));
    return { edges, hasMore };
  }

  /**
   * Resolves to an event of the zone, to null if it does not exist, or to Cloudflare's refusal of the zone.
   *
   * @throws GatewayError
   */
  async one(
    ctx: RequestContext,
    zoneId: string | null,
    name: EventName,
  ): Promise<ShownEvent | Answer | null> {
    this.count(ctx, 1);
    const viewer = this.viewerOf(ctx, zoneId);
    const refusal = await this.refusalIn(ctx, zoneId);
    if (refusal) return refusal;
    const record = await this.inTime(() => this.store.find(name));
    this.log.wasRead(ctx, zoneId);
    const isOfZone = record !== null && zoneOf(record) === zoneId;
    return isOfZone ? shownEvent(record, viewer, this.keys) : null;
  }

  private viewerOf(ctx: RequestContext, zoneId: string | null): Viewer {
    return { ...callerOf(ctx, this.keys, true), view: this.access.allowAudit(ctx, zoneId) };
  }

  /** Cloudflare's refusal of the zone, where Cloudflare decides. */
  private async refusalIn(ctx: RequestContext, zoneId: string | null): Promise<Answer | null> {
    return zoneId === null ? null : this.admission.admit(ctx, zoneId, commonArea);
  }

  /** Reads some at a time. A page of long events has fewer: an event may name thousands of hostnames. */
  private async page(
    filter: AuditFilter,
    first: number,
    after: PageEnd | null,
  ): Promise<{ readonly records: readonly StoredRecord[]; readonly hasMore: boolean }> {
    const records: StoredRecord[] = [];
    let length = 0;
    for (;;) {
      const last = records.at(-1);
      // One more tells whether there are more.
      const asked = Math.min(atOnce, first + 1 - records.length);
      const found = await this.store.search(filter, last ? endOf(last) : after, asked);
      for (const record of found) {
        length += record.body.length;
        const isFull = records.length === first || (records.length > 0 && length > longestPage);
        if (isFull) return { records, hasMore: true };
        records.push(record);
      }
      if (found.length < asked) return { records, hasMore: false };
    }
  }

  /** One GraphQL request may ask for many pages: together they have no more events than one page. */
  private count(ctx: RequestContext, first: number): void {
    const asked = (this.asked.get(ctx) ?? 0) + first;
    this.asked.set(ctx, asked);
    if (asked <= most) return;
    throw new GatewayError('too_many_calls', `One request may ask for at most ${most} audit events.`);
  }

  private async inTime<T>(search: () => Promise<T>): Promise<T> {
    if (this.underWay >= mostAtOnce) throw unavailable('Too much is being searched for.');
    this.underWay += 1;
    const found = search().finally(() => (this.underWay -= 1));
    try {
      return await inTime(withinMs, found);
    } catch (error) {
      throw error instanceof AuditStoreError ? unavailable(error.message) : error;
    }
  }
}

function endOf({ body, position }: StoredRecord): PageEnd {
  const { ts } = JSON.parse(body) as ChainedEvent;
  return { ts, position };
}

function zoneOf({ body }: StoredRecord): string | null {
  return (JSON.parse(body) as ChainedEvent).target?.zone_id ?? null;
}

/** A name finds only the caller's own events, except for auditors: otherwise a caller could test which names are in use. */
function actorOf(given: string | undefined, viewer: Viewer, keys: AuditKeys): string | undefined {
  if (given === undefined || isFingerprint.test(given)) return given;
  if (given === viewer.actor?.id || (given.includes('|') && viewer.view === 'whole'))
    return keys.fingerprint('actor', given);
  const own = viewer.credential?.kind === 'api_key' ? viewer.actor?.fingerprint : undefined;
  if (own !== undefined && emailFingerprint(given, keys) === own) return own;
  throw malformed('actor must name yourself, as `viewer` does, or be the fingerprint of somebody else.');
}

function unavailable(why: string): GatewayError {
  return awayError('audit_unavailable', {
    what: 'The audit log cannot be read',
    isLasting: isLasting(why),
    cause: { code: why },
  });
}
