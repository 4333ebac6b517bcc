import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Inject, Injectable } from '@nestjs/common';
import got, { type Got, type PlainResponse, type Request } from 'got';
import { credentialHeaders, type Credential } from '../access/credential.js';
import { SETTINGS } from '../config/config.module.js';
import { type Settings } from '../config/settings.js';
import { version } from '../config/version.js';
import { type RequestContext } from '../context/request-context.js';
import { Metrics } from '../metrics/metrics.js';
import { type Answer } from './answer.js';
import { callUrl } from './call-url.js';
import { AnswerTooLargeError, failureOf } from './failure.js';
import { type Call, type Operation } from './operations.js';
import { Pace } from './pace.js';
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
  /** By the kind of operation: what differs from call to call is given to each, and costs time each time. */
  private readonly clients: Readonly<Record<Operation['kind'], Got>>;
  private readonly pace = new Pace();

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly metrics: Metrics,
  ) {
    this.baseUrl = settings.CLOUDFLARE_BASE_URL;
    const client = got.extend({
      agent: this.agents,
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // Off, so that the bytes counted against the bound are the bytes kept.
      decompress: false,
      headers: { 'user-agent': `origin-pulls-gateway/${version}`, accept: 'application/json' },
    });
    this.clients = {
      read: client.extend({ timeout: timeouts.read }),
      write: client.extend({ timeout: timeouts.write }),
    };
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
    await this.pace.next();
    const observe = this.metrics.startUpstreamCall(operation.name);
    try {
      const answering = this.clients[operation.kind].stream(url, {
        ...(operation.method !== 'GET' && { method: operation.method }),
        headers: { ...credentialHeaders(credential), ...(body !== undefined && jsonBody) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      // Got waits for the body of whatever may have one.
      if (operation.kind === 'write' && body === undefined) answering.end();
      const raw = await wholeOf(answering);
      observe(`${Math.floor(raw.status / 100)}xx`);
      return raw;
    } catch (error) {
      const failure = failureOf(ctx, operation, url, error);
      observe(failure.kind);
      ctx.upstreamOutcomes.push({ status: null, cfRay: null });
      throw failure;
    }
  }
}

/** Got's stream, read here: its promise takes twice the work, and counts bytes by an event that comes late. */
function wholeOf(answering: Request): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answering.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= maxAnswerBytes) return;
      reject(new AnswerTooLargeError());
      answering.destroy();
    });
    answering.on('end', () => {
      const { statusCode, headers } = answering.response as PlainResponse;
      resolve({ status: statusCode, headers, body: Buffer.concat(chunks, size) });
    });
    answering.on('error', reject);
    // Neither of them came: nobody may wait for it.
    answering.on('close', () => reject(new Error('The answer ended early.')));
  });
}
