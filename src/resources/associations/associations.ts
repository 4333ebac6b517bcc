import { Injectable } from '@nestjs/common';
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { type z } from 'zod';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { GatewayError, type Said } from '../../platform/errors/gateway-error.js';
import { type CamelCased } from '../../api/graphql/results/camel-cased.js';
import { PerAnswer } from '../../api/graphql/results/per-answer.js';
import { type Counts, countsIn } from '../../api/graphql/results/result-info.js';
import { refusalError, resultsOf, unreadable, upstreamOf } from '../../api/graphql/results/results.js';
import { ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { canonicalHostname } from '../../domain/cloudflare/hostname.js';
import { callOf } from '../../domain/cloudflare/operations.js';
import { associationSchema } from './association.schema.js';

export type Association = CamelCased<z.output<typeof associationSchema>>;

/** Reads the whole list of associations of a zone, for `Zone.hostnames` and `HostnameCertificate.hostnames`. */
@Injectable()
export class Associations {
  private readonly pages = new PerAnswer(pageIn);
  private readonly lists = new WeakMap<Page, AssociationList>();

  constructor(private readonly reads: ReadPipeline) {}

  /**
   * All associations of a zone, including deleted ones, ordered by hostname. All fields of a request get the same array.
   *
   * @throws GraphQLError `LIST_NOT_OFFERED` if upstream has no such list
   */
  async all(ctx: RequestContext, zoneId: string): Promise<readonly Association[]> {
    return (await this.list(ctx, zoneId)).all;
  }

  /** The associations that use a certificate. During a change of certificate a hostname may be listed with both. */
  async using(ctx: RequestContext, zoneId: string, certificateId: string): Promise<readonly Association[]> {
    const { byCertificate } = await this.list(ctx, zoneId);
    return byCertificate.get(certificateId.toLowerCase()) ?? [];
  }

  /**
   * Reads pages until the list is complete: usually one, because a zone has at most 1,000 associations that are not
   * deleted. Ends because the number of reads per request is limited.
   */
  private async list(ctx: RequestContext, zoneId: string): Promise<AssociationList> {
    const first = await this.page(ctx, zoneId, 1);
    const known = this.lists.get(first);
    if (known) return known;
    const pages = [first];
    while (!isComplete(pages)) pages.push(await this.page(ctx, zoneId, pages.length + 1));
    const list = new AssociationList(pages.flatMap(({ associations }) => associations));
    this.lists.set(first, list);
    return list;
  }

  private page(ctx: RequestContext, zoneId: string, page: number): Promise<Page> {
    const query = { page: String(page), per_page: '1000', status: 'all' };
    const call = callOf('hostname.list', { zone_id: zoneId }, { query });
    const answering = this.reads.run(ctx, call).catch((error: unknown) => {
      throw isNotOffered(error) ? notOffered(upstreamOf(error.details)) : error;
    });
    return this.pages.of(ctx, zoneId, answering);
  }
}

/** Sorted and grouped when first used. */
class AssociationList {
  #all?: readonly Association[];
  #byCertificate?: ReadonlyMap<string, readonly Association[]>;

  constructor(private readonly entries: readonly Association[]) {}

  get all(): readonly Association[] {
    return (this.#all ??= inOrder(this.entries));
  }

  /** Voided and deleted associations do not use their certificate. */
  get byCertificate(): ReadonlyMap<string, readonly Association[]> {
    return (this.#byCertificate ??= this.grouped());
  }

  private grouped() {
    const using = this.entries.filter(({ enabled, status }) => enabled !== null && status !== 'deleted');
    const groups = Map.groupBy(using, ({ certId }) => certId?.toLowerCase() ?? '');
    return new Map([...groups].map(([certId, group]) => [certId, inOrder(group)]));
  }
}

interface Page {
  readonly answer: Answer;
  readonly associations: readonly Association[];
  readonly counts: Counts;
}

function pageIn(answer: Answer): Page {
  if (meansNotOffered(answer.said)) throw notOffered(refusalError(answer).extensions);
  return {
    answer,
    associations: resultsOf(answer, associationSchema),
    counts: countsIn(answer.envelope['result_info']),
  };
}

/**
 * Whether the pages are the complete list. A page may hold fewer items than requested, so only the counts or an empty
 * page show the end.
 *
 * @throws GraphQLError if a page has no new item, or the list ends before its counts are reached
 */
function isComplete(pages: readonly Page[]): boolean {
  const last = pages.at(-1);
  if (!last) return false;
  const came = different(pages);
  // The highest count of all pages holds: a later page may count fewer.
  const total = most(pages.map(({ counts }) => counts.total));
  const pageCount = most(pages.map(({ counts }) => counts.pages));
  const least = most(pages.flatMap(({ counts }) => [counts.total, counts.here])) ?? 0;
  if (last.associations.length === 0) {
    // `total_pages` of an empty list may be 1.
    const withoutThis = Math.max(1, pages.length - 1);
    if (least <= came && (pageCount ?? 0) <= withoutThis) return true;
    throw unreadable(last.answer, `a list of ${came} associations where it counts more`);
  }
  if (came === different(pages.slice(0, -1))) {
    throw unreadable(last.answer, 'a page of associations that it had answered before');
  }
  if (least > came) return false;
  // A total below the number of items received is not used.
  return total === null ? pages.length === pageCount : total === came && pages.length >= (pageCount ?? 1);
}

function different(pages: readonly Page[]): number {
  return new Set(pages.flatMap(({ associations }) => associations.map(identityOf))).size;
}

function most(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

function identityOf(association: Association): string {
  return `${canonicalNameOf(association)} ${association.certId} ${association.status} ${association.createdAt}`;
}

function inOrder(entries: readonly Association[]): readonly Association[] {
  // One that moves to another page between two calls is listed twice. A deleted one may have been made again.
  const all = new Map<string, Association>();
  for (const each of entries) {
    const name = canonicalNameOf(each);
    if (each.status !== 'deleted' || !all.has(name)) all.set(name, each);
  }
  return [...all].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, association]) => association);
}

/** The canonical hostname, by which associations are compared and sorted. */
export function canonicalNameOf({ hostname }: Pick<Association, 'hostname'>): string {
  return hostname === null ? '' : (canonicalHostname(hostname) ?? hostname.toLowerCase());
}

/** Cloudflare's codes for an unknown path. The identifiers are well-formed, so they are not the cause. */
const noSuchPath = [7003, 7000];

function meansNotOffered({ status, codes }: Said): boolean {
  if (status === 400) return noSuchPath.every((code) => codes.includes(code));
  return status === 404 || status === 405;
}

/** The answer for an unknown path may have no envelope. */
function isNotOffered(error: unknown): error is GatewayError {
  const answered = error instanceof GatewayError ? error.details.answered : undefined;
  return answered !== undefined && meansNotOffered(answered);
}

function notOffered(extensions: GraphQLErrorExtensions): GraphQLError {
  return new GraphQLError(
    'Cloudflare does not offer the list of associations here. Ask for one hostname at a time: `hostname(name)`.',
    { extensions: { ...extensions, code: 'LIST_NOT_OFFERED' } },
  );
}
