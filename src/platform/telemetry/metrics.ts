import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RequestDurations } from './request-durations.js';

const durationBuckets = [0.001, 0.005, 0.025, 0.1, 0.25, 1, 2.5, 5, 15, 30, 60];

export interface LoadNow {
  readonly inFlight: number;
  readonly delayMs: number;
}

export interface CallsNow {
  readonly underWay: number;
  readonly waiting: number;
}

export interface AccessNow {
  readonly sha256: string;
  readonly tokens: readonly {
    readonly upstream: string;
    readonly use: string;
    readonly expiresAt: Date | null;
  }[];
  readonly keys: readonly { readonly id: string; readonly name: string; readonly expiresAt: number }[];
}

/** The Prometheus metrics of this process: durations in seconds, labels from closed sets only. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  private readonly requests = new RequestDurations(this.registry, durationBuckets);

  private readonly upstreamCalls = new Histogram({
    name: 'upstream_call_duration_seconds',
    help: 'Calls to Cloudflare, by operation and result: the class of the status, or the kind of the failure.',
    labelNames: ['operation', 'result'],
    buckets: durationBuckets,
    registers: [this.registry],
  });

  /** The number of reads since the last scrape, by operation and outcome. */
  private readonly newReads = new Map<string, Map<string, number>>();

  private readonly unopenedValues = new Counter({
    name: 'cache_unopened_values_total',
    help: 'Kept values that did not open: sealed with a key that is not known, moved, or damaged.',
    registers: [this.registry],
  });

  private readonly lostAuditCopies = new Counter({
    name: 'audit_copies_lost_total',
    help: 'Audit events whose copy could not be written to standard output.',
    registers: [this.registry],
  });

  private readonly deprecatedFields = new Counter({
    name: 'graphql_deprecated_fields_total',
    help: 'GraphQL requests that select a deprecated field, by field.',
    labelNames: ['field'],
    registers: [this.registry],
  });

  private readonly foreignCredentials = new Counter({
    name: 'foreign_credentials_total',
    help: 'Requests that were refused because they carry a credential of Cloudflare, which is not taken in managed mode.',
    registers: [this.registry],
  });

  private readonly limitRefusals = new Counter({
    name: 'caller_limit_refusals_total',
    help: 'Refusals by the limits per caller, by limit: calls to Cloudflare, requests.',
    labelNames: ['limit'],
    registers: [this.registry],
  });

  /** On the clock of `Date.now()`, by the id of the API key. */
  private readonly keysUsedAt = new Map<string, number>();

  private readonly shedRequests = new Counter({
    name: 'http_requests_shed_total',
    help: 'Requests refused because of too much load, by kind (read, write) and reason: requests, delay, answers.',
    labelNames: ['kind', 'reason'],
    registers: [this.registry],
  });

  constructor() {
    // Among them nodejs_eventloop_lag_*: the delay of the event loop.
    collectDefaultMetrics({ register: this.registry });
    this.countReads();
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.requests.add(method, route, status, seconds);
  }

  unopened(): void {
    this.unopenedValues.inc();
  }

  deprecatedField(field: string): void {
    this.deprecatedFields.inc({ field });
  }

  /** @param reason too many requests in flight, delay of the event loop, or too many answers that wait to be read */
  shed(kind: 'read' | 'write', reason: 'requests' | 'delay' | 'answers'): void {
    this.shedRequests.inc({ kind, reason });
  }

  auditCopyLost(): void {
    this.lostAuditCopies.inc();
  }

  foreignCredential(): void {
    this.foreignCredentials.inc();
  }

  refusedByLimit(limit: 'calls' | 'requests'): void {
    this.limitRefusals.inc({ limit });
  }

  apiKeyUsed(id: string): void {
    this.keysUsedAt.set(id, Date.now());
  }

  read(operation: string, outcome: string, count = 1): void {
    const ofOperation = this.newReads.get(operation) ?? new Map<string, number>();
    this.newReads.set(operation, ofOperation.set(outcome, (ofOperation.get(outcome) ?? 0) + count));
  }

  /** Counted in a map first: a counter with labels costs as much as a hit. */
  private countReads(): void {
    const { newReads } = this;
    new Counter({
      name: 'cache_reads_total',
      help: 'Reads, by operation and how they came about: hit, miss, stale, bypass.',
      labelNames: ['operation', 'outcome'],
      registers: [this.registry],
      collect() {
        for (const [operation, outcomes] of newReads) {
          for (const [outcome, count] of outcomes) this.inc({ operation, outcome }, count);
        }
        newReads.clear();
      },
    });
  }

  /** @param calls by kind; read at each scrape */
  watchUpstreamCalls(calls: Readonly<Record<string, CallsNow>>): void {
    new Gauge({
      name: 'upstream_calls',
      help: 'Calls to Cloudflare now, by kind (read, write, token) and state: under_way, or waiting for their turn.',
      labelNames: ['kind', 'state'],
      registers: [this.registry],
      collect() {
        for (const [kind, { underWay, waiting }] of Object.entries(calls)) {
          this.set({ kind, state: 'under_way' }, underWay);
          this.set({ kind, state: 'waiting' }, waiting);
        }
      },
    });
  }

  /** @param now called at each scrape */
  watchAccess(now: () => AccessNow): void {
    const { keysUsedAt } = this;
    const registers = [this.registry];
    new Gauge({
      name: 'access_file_info',
      help: '1 for the access file in force, by its SHA-256.',
      labelNames: ['sha256'],
      registers,
      collect() {
        this.reset();
        this.set({ sha256: now().sha256 }, 1);
      },
    });
    new Gauge({
      name: 'upstream_token_expiry_timestamp_seconds',
      help: 'When a token of the gateway for Cloudflare expires, by upstream and use (write, read). Absent if it does not.',
      labelNames: ['upstream', 'use'],
      registers,
      collect() {
        this.reset();
        for (const { upstream, use, expiresAt } of now().tokens)
          if (expiresAt) this.set({ upstream, use }, expiresAt.getTime() / 1000);
      },
    });
    new Gauge({
      name: 'api_key_expiry_timestamp_seconds',
      help: 'When an API key of the gateway expires, by its id and name.',
      labelNames: ['key', 'name'],
      registers,
      collect() {
        this.reset();
        for (const { id, name, expiresAt } of now().keys) this.set({ key: id, name }, expiresAt / 1000);
      },
    });
    new Gauge({
      name: 'api_key_last_used_timestamp_seconds',
      help: 'When an API key of the gateway was last used in this process, by its id and name. Absent if it was not.',
      labelNames: ['key', 'name'],
      registers,
      collect() {
        this.reset();
        for (const { id, name } of now().keys) {
          const usedAt = keysUsedAt.get(id);
          if (usedAt !== undefined) this.set({ key: id, name }, usedAt / 1000);
        }
      },
    });
  }

  /** @param load called at each scrape */
  watchLoad(load: () => LoadNow): void {
    new Gauge({
      name: 'http_requests_in_flight',
      help: 'Requests that have arrived and whose answer has not been sent whole.',
      registers: [this.registry],
      collect() {
        this.set(load().inFlight);
      },
    });
    new Gauge({
      name: 'event_loop_delay_seconds',
      help: 'The delay of the event loop that lasts: the smallest of the last three samples.',
      registers: [this.registry],
      collect() {
        this.set(load().delayMs / 1000);
      },
    });
  }

  /** @param components whether each can be used; called at each scrape */
  watchComponents(components: () => ReadonlyMap<string, boolean>): void {
    new Gauge({
      name: 'component_usable',
      help: '1 where what the gateway stands on (audit, redis, log) can be used, 0 where /health/ready says why not.',
      labelNames: ['component'],
      registers: [this.registry],
      collect() {
        for (const [component, isUsable] of components()) this.set({ component }, isUsable ? 1 : 0);
      },
    });
  }

  /** Starts the timer of one call; the returned function stops it. */
  startUpstreamCall(operation: string): (result: string) => void {
    const stop = this.upstreamCalls.startTimer({ operation });
    return (result) => void stop({ result });
  }
}
