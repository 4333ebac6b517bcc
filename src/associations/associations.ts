import { Injectable } from '@nestjs/common';
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { type z } from 'zod';
import { associationSchema } from './association.schema.js';
import { type RequestContext } from '../context/request-context.js';
import { GatewayError, type Said } from '../errors/gateway-error.js';
import { ReadPipeline } from '../pipeline/read.pipeline.js';
import { type Answer } from '../upstream/answer.js';
import { canonicalHostname } from '../upstream/hostname.js';
import { operations } from '../upstream/operations.js';
import { type CamelCased } from '../graphql/camel-cased.js';
import { PerAnswer } from '../graphql/per-answer.js';
import { type Counts, countsIn } from '../graphql/result-info.js';
import { refusalError, resultsOf, unreadable, upstreamOf } from '../graphql/results.js';

export type Association = CamelCased<z.output<typeof associationSchema>>;

/** Cloudflare's list of associations as a whole: what any page of it, and the edge back from a certificate, are made of. */
@Injectable()
export class Associations {
  private readonly pages = new PerAnswer(pageIn);
  private readonly lists = new WeakMap<Page, readonly Association[]>();
  private readonly entries = new WeakMap<readonly Association[], readonly Association[]>();
  private readonly users = new WeakMap<readonly Association[], ReadonlyMap<string, readonly Association[]>>();

  constructor(private readonly reads: ReadPipeline) {}

  /**
   * All associations of a zone, deleted ones among them, ordered by hostname. A zone has at most 1,000 that live, so
   * this is one call; pages are read until the list is whole. The same list for all fields of a request.
   *
   * @throws GraphQLError `LIST_NOT_OFFERED` where upstream has no such list
   */
  async all(ctx: RequestContext, zoneId: string): Promise<readonly Association[]> {
    const first = await this.page(ctx, zoneId, 1);
    const known = this.lists.get(first);
    if (known) return known;
    const pages = [first];
    let isWhole = endsWith(pages);
    // The reads of one request are bounded, and this with them.
    while (!isWhole) {
      pages.push(await this.page(ctx, zoneId, pages.length + 1));
      isWhole = endsWith(pages);
    }
    const entries = pages.flatMap(({ associations }) => associations);
    const all = remembered(this.lists, first, inOrder(entries));
    this.entries.set(all, entries);
    return all;
  }

  /** Those that keep a certificate in use. A hostname that moves from one certificate to another may be listed with both. */
  async using(ctx: RequestContext, zoneId: string, certificateId: string): Promise<readonly Association[]> {
    const all = await this.all(ctx, zoneId);
    const users =
      this.users.get(all) ?? remembered(this.users, all, byCertificate(this.entries.get(all) ?? all));
    return users.get(certificateId.toLowerCase()) ?? [];
  }

  private page(ctx: RequestContext, zoneId: string, page: number): Promise<Page> {
    const call = {
      operation: operations['hostname.list'],
      params: { zone_id: zoneId },
      query: { page: String(page), per_page: '1000', status: 'all' },
    };
    const answering = this.reads.run(ctx, call).catch((error: unknown) => {
      throw isNotOffered(error) ? notOffered(upstreamOf(error.details)) : error;
    });
    return this.pages.of(ctx, zoneId, answering);
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
 * Whether the pages are the whole list. A page may be shorter than asked for, so only its counts or an empty page end it.
 *
 * @throws GraphQLError where a page brings nothing new, or the list ends before its counts are reached
 */
function endsWith(pages: readonly Page[]): boolean {
  const last = pages.at(-1);
  if (!last) return false;
  const came = different(pages);
  // What any page has promised has to come: a later one may count less.
  const total = most(pages.map(({ counts }) => counts.total));
  const pageCount = most(pages.map(({ counts }) => counts.pages));
  const least = most(pages.flatMap(({ counts }) => [counts.total, counts.here])) ?? 0;
  if (last.associations.length === 0) {
    // An empty list may be counted as one page.
    const withoutThis = Math.max(1, pages.length - 1);
    if (least > came || (pageCount ?? 0) > withoutThis) throw countsMore(last, came);
    return true;
  }
  if (came === different(pages.slice(0, -1))) {
    throw unreadable(last.answer, 'a page of associations that it had answered before');
  }
  if (least > came) return false;
  // Less than what came is no count of it.
  return total === null ? pages.length === pageCount : total === came && pages.length >= (pageCount ?? 1);
}

function countsMore({ answer }: Page, came: number): GraphQLError {
  return unreadable(answer, `a list of ${came} associations where it counts more`);
}

function different(pages: readonly Page[]): number {
  return new Set(pages.flatMap(({ associations }) => associations.map(identityOf))).size;
}

function most(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

function identityOf(association: Association): string {
  return `${nameOf(association)} ${association.certId} ${association.status} ${association.createdAt}`;
}

function inOrder(entries: readonly Association[]): readonly Association[] {
  // One that moved to another page between two calls comes twice; one that was deleted may be there again.
  const all = new Map<string, Association>();
  for (const each of entries) {
    const name = nameOf(each);
    if (each.status !== 'deleted' || !all.has(name)) all.set(name, each);
  }
  return [...all].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, association]) => association);
}

/** A voided association does not use its certificate, nor does one that is gone. */
function byCertificate(entries: readonly Association[]): ReadonlyMap<string, readonly Association[]> {
  const using = entries.filter(({ enabled, status }) => enabled !== null && status !== 'deleted');
  const groups = Map.groupBy(using, ({ certId }) => certId?.toLowerCase() ?? '');
  return new Map([...groups].map(([certId, group]) => [certId, inOrder(group)]));
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, value: V): V {
  known.set(key, value);
  return value;
}

/** What it is compared and sorted by. */
export function nameOf({ hostname }: Pick<Association, 'hostname'>): string {
  return hostname === null ? '' : (canonicalHostname(hostname) ?? hostname.toLowerCase());
}

/** Where Cloudflare says that there is no such path: its identifiers are well-formed, so it is not for them. */
const noSuchPath = [7003, 7000];

function meansNotOffered({ status, codes }: Said): boolean {
  if (status === 400) return noSuchPath.every((code) => codes.includes(code));
  return status === 404 || status === 405;
}

/** A path that is not there may be answered without an envelope. */
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
