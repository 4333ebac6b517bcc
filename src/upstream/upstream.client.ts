import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Inject, Injectable } from '@nestjs/common';
import got, { type Got } from 'got';
import { credentialHeaders, type Credential } from '../access/credential.js';
import { SETTINGS } from '../config/config.module.js';
import { type Settings } from '../config/settings.js';
import { version } from '../config/version.js';
import { type RequestContext } from '../context/request-context.js';
import { Metrics } from '../metrics/metrics.js';
import { type Answer } from './answer.js';
import { callUrl } from './call-url.js';
import { AnswerTooLargeError, failureOf } from './failure.js';
import { type Call } from './operations.js';
import { readAnswer, type RawAnswer } from './read-answer.js';

const jsonBody = { 'content-type': 'application/json' };
const maxAnswerBytes = 2 * 1024 * 1024;
const connectTimeout = { lookup: 2000, connect: 2000, secureConnect: 2000 };
const timeouts = {
  read: { ...connectTimeout, response: 10_000, request: 15_000 },
  write: { ...connectTimeout, request: 25_000 },
};

/** The one place from which HTTP leaves: one attempt, within its deadline, with headers built from zero. */
@Injectable()
export class UpstreamClient {
  private readonly baseUrl: URL;
  private readonly agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: 256 }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: 256 }),
  };
  private readonly request: Got;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly metrics: Metrics,
  ) {
    this.baseUrl = settings.CLOUDFLARE_BASE_URL;
    this.request = got.extend({
      agent: this.agents,
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // Off, so that the bytes counted against the bound are the bytes kept.
      decompress: false,
      responseType: 'buffer',
      headers: { 'user-agent': `origin-pulls-gateway/${version}`, accept: 'application/json' },
    });
  }

  /**
   * @throws GatewayError `malformed_identifier`, `upstream_unreachable`, `upstream_timeout`, `upstream_invalid`,
   * `outcome_unknown`
   */
  async send(ctx: RequestContext, credential: Credential, call: Call): Promise<Answer> {
    const url = callUrl(this.baseUrl, call);
    const raw = await this.exchange(ctx, credential, call, url);
    ctx.upstreamOutcomes.push({ status: raw.status, cfRay: String(raw.headers['cf-ray'] ?? '') || null });
    return readAnswer(call.operation, raw);
  }

  private async exchange(
    ctx: RequestContext,
    credential: Credential,
    call: Call,
    url: URL,
  ): Promise<RawAnswer> {
    const { operation, body } = call;
    const observe = this.metrics.startUpstreamCall(operation.name);
    const tooLarge = new AbortController();
    try {
      const pending = this.request(url, {
        method: operation.method,
        headers: { ...credentialHeaders(credential), ...(body !== undefined && jsonBody) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        timeout: timeouts[operation.kind],
        signal: tooLarge.signal,
      });
      void pending.on('downloadProgress', ({ transferred }) => {
        if (transferred > maxAnswerBytes) tooLarge.abort();
      });
      const { statusCode, headers, rawBody } = await pending;
      if (rawBody.byteLength > maxAnswerBytes) throw new AnswerTooLargeError();
      observe(`${Math.floor(statusCode / 100)}xx`);
      return {
        status: statusCode,
        headers,
        body: Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength),
      };
    } catch (error) {
      const failure = failureOf(
        ctx,
        operation,
        url,
        tooLarge.signal.aborted ? new AnswerTooLargeError() : error,
      );
      observe(failure.kind);
      ctx.upstreamOutcomes.push({ status: null, cfRay: null });
      throw failure;
    }
  }
}
