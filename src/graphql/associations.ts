import { Injectable } from '@nestjs/common';
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { type z } from 'zod';
import { associationSchema } from '../certificate/association.schema.js';
import { type RequestContext } from '../context/request-context.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ReadPipeline } from '../pipeline/read.pipeline.js';
import { type Answer } from '../upstream/answer.js';
import { canonicalHostname } from '../upstream/hostname.js';
import { operations } from '../upstream/operations.js';
import { type CamelCased } from './camel-cased.js';
import { PerAnswer } from './per-answer.js';
import { refusalError, resultsOf, upstreamOf } from './results.js';

export type Association = CamelCased<z.output<typeof associationSchema>>;

/** Cloudflare's list of associations as a whole: what any page of it, and the edge back from a certificate, are made of. */
@Injectable()
export class Associations {
  private readonly pages = new PerAnswer(pageIn);
  private readonly lists = new WeakMap<Page, readonly Association[]>();
  private readonly users = new WeakMap<readonly Association[], ReadonlyMap<string, readonly Association[]>>();

  constructor(private readonly reads: ReadPipeline) {}

  /**
   * All associations of a zone, deleted ones among them, ordered by hostname. A zone has at most 1,000 that live, so
   * this is one call; more pages are read where there are more. The same list for all fields of a request.
   *
   * @throws GraphQLError `LIST_NOT_OFFERED` where upstream has no such list
   */
  async all(ctx: RequestContext, zoneId: string): Promise<readonly Association[]> {
    const first = await this.page(ctx, zoneId, 1);
    const pages = [first];
    while (pages.length < first.pages) pages.push(await this.page(ctx, zoneId, pages.length + 1));
    return this.lists.get(first) ?? remembered(this.lists, first, inOrder(pages));
  }

  /** Those that keep a certificate in use. */
  async using(ctx: RequestContext, zoneId: string, certificateId: string): Promise<readonly Association[]> {
    const all = await this.all(ctx, zoneId);
    const users = this.users.get(all) ?? remembered(this.users, all, byCertificate(all));
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
  readonly associations: readonly Association[];
  /** How many there are. */
  readonly pages: number;
}

function pageIn(answer: Answer): Page {
  if (meansNotOffered(answer.status)) throw notOffered(refusalError(answer).extensions);
  return {
    associations: resultsOf(answer, associationSchema),
    pages: pagesOf(answer.envelope['result_info']),
  };
}

function inOrder(pages: readonly Page[]): readonly Association[] {
  // One that moved to another page between two calls comes twice.
  const all = new Map(
    pages.flatMap(({ associations }) => associations).map((each) => [nameOf(each), each] as const),
  );
  all.delete('');
  return [...all.values()].sort(byHostname);
}

/** A voided association does not use its certificate, nor does one that is gone. */
function byCertificate(all: readonly Association[]): ReadonlyMap<string, readonly Association[]> {
  const using = all.filter(({ enabled, status }) => enabled !== null && status !== 'deleted');
  return Map.groupBy(using, ({ certId }) => certId?.toLowerCase() ?? '');
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, value: V): V {
  known.set(key, value);
  return value;
}

/** What it is compared and sorted by. */
export function nameOf({ hostname }: Pick<Association, 'hostname'>): string {
  return hostname === null ? '' : (canonicalHostname(hostname) ?? hostname.toLowerCase());
}

function byHostname(one: Association, other: Association): number {
  return nameOf(one) < nameOf(other) ? -1 : nameOf(one) > nameOf(other) ? 1 : 0;
}

function pagesOf(resultInfo: unknown): number {
  const pages: unknown = (resultInfo as { total_pages?: unknown } | null | undefined)?.total_pages;
  return typeof pages === 'number' && Number.isFinite(pages) ? pages : 1;
}

function meansNotOffered(status: number | undefined): boolean {
  return status === 404 || status === 405;
}

/** A path that is not there may be answered without an envelope. */
function isNotOffered(error: unknown): error is GatewayError {
  return error instanceof GatewayError && meansNotOffered(error.details.status);
}

function notOffered(extensions: GraphQLErrorExtensions): GraphQLError {
  return new GraphQLError(
    'Cloudflare does not offer the list of associations here. Ask for one hostname at a time: `hostname(name)`.',
    { extensions: { ...extensions, code: 'LIST_NOT_OFFERED' } },
  );
}
