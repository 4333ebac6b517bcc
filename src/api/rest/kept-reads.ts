import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { type onSendHookHandler } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type Call } from '../../domain/cloudflare/operations.js';
import { ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { type EarlyAnswers } from '../early/early-answers.js';
import { sendEarly } from '../early/send-early.js';
import { contentType, hitHeaders } from './send.js';

/** The read that a URL stands for. */
interface KnownUrl {
  readonly route: string;
  readonly call: Call;
}

const mostBytes = 4 * 1024 * 1024;
const bytesOf = (_: KnownUrl, url: string) => 512 + 2 * url.length;

/** Answers reads over REST from the cache. It knows the URLs of the reads that the router and the handlers have answered before. */
@Injectable()
export class KeptReads implements EarlyAnswers {
  private readonly urls = new LRUCache<string, KnownUrl>({ maxSize: mostBytes, sizeCalculation: bytesOf });

  constructor(private readonly reads: ReadPipeline) {}

  /** Remembers the URL of a read whose answer is in the cache. */
  readonly remember: onSendHookHandler = ({ ctx, originalUrl, routeOptions }, _reply, payload, done) => {
    const [read, ...others] = ctx.readOutcomes;
    const { url: route, config } = routeOptions;
    if (route !== undefined && config.operation?.kind === 'read' && read?.cache.kept && others.length === 0)
      this.urls.set(originalUrl, { route, call: read.call });
    done(null, payload);
  };

  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url = '', ctx } = request;
    const known = method === 'GET' || method === 'HEAD' ? this.urls.get(url) : undefined;
    if (!known) return false;
    const answer = this.reads.kept(ctx, known.call);
    if (!answer?.cache) return false;
    const { status, body, cache } = answer;
    request.route = known.route;
    sendEarly(request, response, { status, contentType, headers: hitHeaders(cache), etag: cache.etag, body });
    return true;
  }
}
