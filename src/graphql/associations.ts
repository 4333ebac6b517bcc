import { Injectable } from '@nestjs/common';
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { type z } from 'zod';
import { associationSchema } from '../certificate/association.schema.js';
import { type RequestContext } from '../context/request-context.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ReadPipeline } from '../pipeline/read.pipeline.js';
import { operations } from '../upstream/operations.js';
import { type CamelCased } from './camel-cased.js';
import { refusalError, resultsOf, upstreamOf } from './results.js';

export type Association = CamelCased<z.output<typeof associationSchema>>;

/** Cloudflare's list of associations as a whole: what any page of it, and the edge back from a certificate, are made of. */
@Injectable()
export class Associations {
  constructor(private readonly reads: ReadPipeline) {}

  /**
   * All associations of a zone, deleted ones among them, ordered by hostname. A zone has at most 1,000 that live, so
   * this is one call; more pages are read where there are more.
   *
   * @throws GraphQLError `LIST_NOT_OFFERED` where upstream has no such list
   */
  async all(ctx: RequestContext, zoneId: string): Promise<Association[]> {
    const all = new Map<string, Association>();
    for (let page = 1, pages = 1; page <= pages; page++) {
      const call = {
        operation: operations['hostname.list'],
        params: { zone_id: zoneId },
        query: { page: String(page), per_page: '1000', status: 'all' },
      };
      const answer = await this.reads.run(ctx, call).catch((error: unknown) => {
        throw isNotOffered(error) ? notOffered(upstreamOf(error.details)) : error;
      });
      if (meansNotOffered(answer.status)) throw notOffered(refusalError(answer).extensions);
      // One that moved to another page between two calls comes twice.
      for (const association of resultsOf(answer, associationSchema))
        all.set(nameOf(association), association);
      pages = pagesOf(answer.envelope['result_info']);
    }
    all.delete('');
    return [...all.values()].sort(byHostname);
  }
}

export function nameOf({ hostname }: Pick<Association, 'hostname'>): string {
  return (hostname ?? '').toLowerCase();
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

/** Whether an association keeps a certificate in use: a voided one does not, nor one that is gone. */
export function isUsing(certificateId: string): (association: Association) => boolean {
  return ({ certId, enabled, status }) =>
    certId?.toLowerCase() === certificateId.toLowerCase() && enabled !== null && status !== 'deleted';
}
