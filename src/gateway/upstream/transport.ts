import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Inject, Injectable } from '@nestjs/common';
import got, { type Got, type PlainResponse, type Request } from 'got';
import { proxyTo } from '../../platform/config/proxy.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { version } from '../../platform/config/version.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { LOG, type Logger } from '../../platform/telemetry/logger.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { callUrl } from '../../domain/cloudflare/call-url.js';
import { credentialHeaders } from '../../domain/cloudflare/credential.js';
import { AnswerTooLargeError, notUnderstood, unreadableAfterChange } from './failures/failure.js';
import { Mark } from './mark.js';
import { type AnyCall, type Operation } from '../../domain/cloudflare/operations.js';
import { type OutgoingCall } from './policies/policy.js';
import { withoutQuotedSecrets } from './quoted-secrets.js';
import { headersToPassOn, readAnswer, type RawAnswer } from './read-answer.js';

const maxAnswerBytes = 2 * 1024 * 1024;
const connectTimeout = { lookup: 2000, connect: 2000, secureConnect: 2000 };
const timeouts = {
  read: { ...connectTimeout, response: 10_000, request: 15_000 },
  write: { ...connectTimeout, request: 25_000 },
};

/** Proxies and load balancers keep an idle connection for 60 s; if they announce less, Node obeys. Turns bound the number. */
const keptAlive = { keepAlive: true, timeout: 30_000 };

/** Got's timeouts do not end Node's wait for a proxy's tunnel. */
const tunnelWithinMs = 4000;

function agents(options: AgentOptions) {
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

/** Sends requests to Cloudflare: within their time limits, with headers built from zero. Nothing else sends HTTP. */
@Injectable()
export class Transport {
  /** Whether calls go through the proxy of `HTTPS_PROXY`. */
  readonly isProxied: boolean;
  private readonly baseUrl: URL;
  private readonly mode: Settings['MODE'];
  /** A change takes a new connection: if upstream closes a kept one, it is not known whether the change was made. */
  private readonly agents: Readonly<Record<OutgoingCall['connection'], ReturnType<typeof agents>>>;
  /** Options that differ from call to call cost time in each call: these are given once. */
  private readonly clients: Readonly<Record<Operation['kind'], Got>>;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly mark: Mark,
    @Inject(LOG) log: Logger,
  ) {
    this.baseUrl = settings.CLOUDFLARE_BASE_URL;
    this.mode = settings.MODE;
    const proxy = proxyTo(this.baseUrl);
    this.isProxied = proxy !== null;
    if (proxy) log.info({ proxy: proxy.origin }, 'calls to Cloudflare go through a proxy');
    const proxied = proxy && { proxyEnv: { HTTPS_PROXY: proxy.href }, timeout: tunnelWithinMs };
    this.agents = { kept: agents({ ...keptAlive, ...proxied }), fresh: agents({ ...proxied }) };
    const client = got.extend({
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // Off, so that the bytes counted against the bound are the bytes kept.
      decompress: false,
      headers: { 'user-agent': `origin-pulls-gateway/${version}`, accept: 'application/json' },
    });
    this.clients = {
      read: client.extend({ agent: this.agents.kept, timeout: timeouts.read }),
      write: client.extend({ agent: this.agents.fresh, timeout: timeouts.write }),
    };
  }

  /** @throws GatewayError `malformed_identifier` */
  urlOf(call: AnyCall): URL {
    return callUrl(this.baseUrl, call);
  }

  /** How long a call may take, in milliseconds. */
  withinMs({ operation }: AnyCall): number {
    return timeouts[operation.kind].request;
  }

  /** @throws GatewayError `upstream_invalid`, `outcome_unknown`; an error of Got if there is no answer */
  async send(outgoing: OutgoingCall): Promise<Answer> {
    const { ctx, credential, call } = outgoing;
    const received = await wholeOf(this.begin(outgoing), this.mode);
    const isOfCaller = ctx.identity instanceof GatewayError || ctx.identity.kind === 'holder';
    const unquoted = withoutQuotedSecrets(received, credential, call, isOfCaller);
    return understood(ctx, call.operation, unquoted);
  }

  private begin({ ctx, credential, call, url, withinMs, signal, connection }: OutgoingCall): Request {
    const { client } = ctx;
    const { operation, body } = call;
    const limits = timeouts[operation.kind];
    const answering = this.clients[operation.kind].stream(url, {
      ...(operation.method !== 'GET' && { method: operation.method }),
      headers: {
        ...credentialHeaders(credential),
        via: this.mark.viaOf(client),
        ...(client.apiVersion !== undefined && { 'api-version': client.apiVersion }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(withinMs < limits.request && { timeout: { ...limits, request: withinMs } }),
      ...(connection === 'fresh' && operation.kind === 'read' && { agent: this.agents.fresh }),
      ...(signal && { signal }),
    });
    // Got waits for the body of a method that may have one.
    if (operation.kind === 'write' && body === undefined) answering.end();
    return answering;
  }
}

/** @throws GatewayError if the answer cannot be understood */
function understood(ctx: RequestContext, operation: Operation, raw: RawAnswer): Answer {
  if (raw.status < 200 || raw.status > 599) throw notUnderstood(ctx, operation, raw.status);
  try {
    return readAnswer(operation, raw);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw notUnderstood(ctx, operation, raw.status);
    throw operation.kind === 'write' ? unreadableAfterChange(ctx, error) : error;
  }
}

/** Reads Got's stream here: its promise takes twice the work, and counts bytes by an event that comes late. */
function wholeOf(answering: Request, mode: Settings['MODE']): Promise<RawAnswer> {
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
      resolve({
        status: statusCode,
        headers: headersToPassOn(headers, mode),
        body: Buffer.concat(chunks, size),
      });
    });
    answering.on('error', reject);
    // No answer follows a switch to another protocol.
    answering.on('upgrade', () => {
      reject(new Error('The answer is in another protocol.'));
      answering.destroy();
    });
    answering.on('close', () => {
      if (!answering.readableEnded) reject(new Error('The answer ended early.'));
    });
  });
}
