import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Inject, Injectable } from '@nestjs/common';
import got, { type Got, type PlainResponse, type Request } from 'got';
import { credentialHeaders, type Credential } from '../access/credential-from.js';
import { SETTINGS } from '../config/config.module.js';
import { proxyTo } from '../config/proxy.js';
import { type Settings } from '../config/settings.js';
import { version } from '../config/version.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type Logger } from '../logging/logger.js';
import { LOG } from '../logging/logging.module.js';
import { Metrics } from '../metrics/metrics.js';
import { type Answer } from './answer.js';
import { callUrl } from './call-url.js';
import {
  AnswerTooLargeError,
  endedBeforeAnswer,
  failureOf,
  notUnderstood,
  unreadableAfterChange,
} from './failure.js';
import { Mark } from './mark.js';
import { type Call, type Operation } from './operations.js';
import { Pace } from './pace.js';
import { proxyFailure } from './proxy-failure.js';
import { withoutQuotedSecrets } from './quoted-secrets.js';
import { readAnswer, type RawAnswer } from './read-answer.js';
import { Turns } from './turns.js';

type Headers = Readonly<Record<string, string>>;

const jsonBody = { 'content-type': 'application/json' };
const maxAnswerBytes = 2 * 1024 * 1024;
const connectTimeout = { lookup: 2000, connect: 2000, secureConnect: 2000 };
const timeouts = {
  read: { ...connectTimeout, response: 10_000, request: 15_000 },
  write: { ...connectTimeout, request: 25_000 },
};

/**
 * Shorter than what proxies and load balancers keep an idle connection (60 s and more); where they say less, Node obeys it. The
 * number of connections is bounded by the turns.
 */
const keptAlive = { keepAlive: true, timeout: 30_000 };

/** Node waits for a proxy's tunnel as long as it keeps an idle connection, and Got's timeouts do not end that wait. */
const tunnelWithinMs = 4000;

type Agents = ReturnType<typeof agents>;

function agents(options: AgentOptions) {
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

/** The one place from which HTTP leaves: within its deadline, with headers built from zero. */
@Injectable()
export class UpstreamClient {
  private readonly baseUrl: URL;
  private readonly proxy: URL | null;
  private readonly keptAlive: Agents;
  /**
   * A connection for each call. Whether a change was made on a kept connection that upstream closes is not known, and it may
   * not be sent again.
   */
  private readonly fresh: Agents;
  /** By the kind of operation: what differs from call to call is given to each, and costs time each time. */
  private readonly clients: Readonly<Record<Operation['kind'], Got>>;
  private readonly turns = { read: new Turns('read'), write: new Turns('write') };
  private readonly pace = new Pace();

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly metrics: Metrics,
    private readonly mark: Mark,
    @Inject(LOG) log: Logger,
  ) {
    this.baseUrl = settings.CLOUDFLARE_BASE_URL;
    this.proxy = proxyTo(this.baseUrl);
    if (this.proxy) log.info({ proxy: this.proxy.origin }, 'calls to Cloudflare go through a proxy');
    const proxied = this.proxy && { proxyEnv: { HTTPS_PROXY: this.proxy.href }, timeout: tunnelWithinMs };
    this.keptAlive = agents({ ...keptAlive, ...proxied });
    this.fresh = agents({ ...proxied });
    metrics.watchUpstreamCalls(this.turns);
    const client = got.extend({
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // Off, so that the bytes counted against the bound are the bytes kept.
      decompress: false,
      headers: { 'user-agent': `origin-pulls-gateway/${version}`, accept: 'application/json' },
    });
    this.clients = {
      read: client.extend({ agent: this.keptAlive, timeout: timeouts.read }),
      write: client.extend({ agent: this.fresh, timeout: timeouts.write }),
    };
  }

  /**
   * @param who the name of the credential, which is not the secret
   * @throws GatewayError `malformed_identifier`, `overloaded`, `upstream_unreachable`, `upstream_timeout`,
   * `upstream_invalid`, `outcome_unknown`
   */
  async send(ctx: RequestContext, credential: Credential, call: Call, who: string): Promise<Answer> {
    const url = callUrl(this.baseUrl, call);
    const { kind } = call.operation;
    const received = await this.turns[kind].run(who, timeouts[kind].request, (leftMs) =>
      this.exchange(ctx, credential, call, url, leftMs),
    );
    const raw = withoutQuotedSecrets(received, credential, call);
    ctx.upstreamOutcomes.push({ status: raw.status, cfRay: raw.headers['cf-ray'] ?? null });
    return understood(ctx, call.operation, raw);
  }

  private async exchange(
    ctx: RequestContext,
    credential: Credential,
    call: Call,
    url: URL,
    leftMs: number,
  ): Promise<RawAnswer> {
    const { operation } = call;
    await this.pace.next();
    const observe = this.metrics.startUpstreamCall(operation.name);
    try {
      const raw = await this.answerTo(this.headersOf(ctx, credential), call, url, leftMs);
      observe(`${Math.floor(raw.status / 100)}xx`);
      return raw;
    } catch (error) {
      const failure = (this.proxy && proxyFailure(operation, error)) ?? failureOf(ctx, operation, url, error);
      observe(failure.kind);
      ctx.upstreamOutcomes.push({ status: null, cfRay: null });
      throw failure;
    }
  }

  /** A read whose kept connection turns out to be closed is sent once more, on a new one. */
  private async answerTo(headers: Headers, call: Call, url: URL, leftMs: number): Promise<RawAnswer> {
    const until = performance.now() + leftMs;
    try {
      return await wholeOf(this.begin(headers, call, url, leftMs));
    } catch (error) {
      const rest = until - performance.now();
      if (call.operation.kind === 'write' || !endedBeforeAnswer(error) || rest < 1) throw error;
      return wholeOf(this.begin(headers, call, url, rest, this.fresh));
    }
  }

  private headersOf({ headers, apiVersion }: RequestContext, credential: Credential): Headers {
    return {
      ...credentialHeaders(credential),
      via: this.mark.viaOf(headers),
      ...(apiVersion !== undefined && { 'api-version': apiVersion }),
    };
  }

  private begin(
    headers: Headers,
    { operation, body }: Call,
    url: URL,
    leftMs: number,
    agent?: Agents,
  ): Request {
    const limits = timeouts[operation.kind];
    const answering = this.clients[operation.kind].stream(url, {
      ...(operation.method !== 'GET' && { method: operation.method }),
      headers: { ...headers, ...(body !== undefined && jsonBody) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(leftMs < limits.request && { timeout: { ...limits, request: leftMs } }),
      ...(agent && { agent }),
    });
    // Got waits for the body of whatever may have one.
    if (operation.kind === 'write' && body === undefined) answering.end();
    return answering;
  }
}

/** Whatever upstream answers, it is an answer or an error that says so. */
function understood(ctx: RequestContext, operation: Operation, raw: RawAnswer): Answer {
  if (raw.status < 200 || raw.status > 599) throw notUnderstood(ctx, operation, raw.status);
  try {
    return readAnswer(operation, raw);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw notUnderstood(ctx, operation, raw.status);
    throw operation.kind === 'write' ? unreadableAfterChange(ctx, error) : error;
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
    // Nothing was asked for but HTTP, and no answer comes behind.
    answering.on('upgrade', () => {
      reject(new Error('The answer is in another protocol.'));
      answering.destroy();
    });
    // Neither of them came: nobody may wait for it.
    answering.on('close', () => reject(new Error('The answer ended early.')));
  });
}
