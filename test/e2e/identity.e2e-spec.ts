import { type IncomingMessage } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { HttpClient } from '../../src/gateway/access/http-client.js';
import { RequestContext } from '../../src/gateway/request/request-context.js';
import { type Client } from '../../src/gateway/request/client.js';
import { ReadPipeline } from '../../src/gateway/pipeline/read.pipeline.js';
import { WritePipeline } from '../../src/gateway/pipeline/write.pipeline.js';
import { Secret } from '../../src/platform/context/secret.js';
import { eventually } from '../support/basics/eventually.js';
import { startStage } from '../support/gateway/stage.js';
import { ask } from '../support/graphql/graphql.js';
import { anUpload, pathOf, seededZone, token } from '../support/http/requests.js';
import { startUpstream } from '../support/upstream/upstream.js';
import { startGateway } from '../support/gateway/gateway.js';

describe('Credentials of a request', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('A query of 20 zones parses its credential once', async () => {
    await using stage = await startStage();
    const zones = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(32, '0'));
    const query = `{ ${zones
      .map(
        (id, index) =>
          `z${index}: zone(id: "${id}") { settings { enabled } certificates { id: cloudflareId } }`,
      )
      .join(' ')} }`;
    const identify = jest.spyOn(HttpClient.prototype, 'identify');

    await ask(stage.gateway, query);

    expect(stage.recorder.exchanges.length).toBe(40);
    expect(identify).toHaveBeenCalledTimes(1);
  });

  it('An upload parses its credential once for the read, the change and the audit log', async () => {
    await using stage = await startStage();
    const identify = jest.spyOn(HttpClient.prototype, 'identify');

    const reply = await stage.ask('POST', pathOf(''), { body: await anUpload() });

    expect(reply.status).toBe(200);
    expect(stage.recorder.exchanges.length).toBe(2);
    expect(identify).toHaveBeenCalledTimes(1);
  });

  it('In src/gateway only the folder access reads credentials from headers', () => {
    const files = readdirSync('src/gateway', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith(join('access', '')))
      .map((name) => join('src/gateway', name));
    const reading = files.filter((name) =>
      /IncomingHttpHeaders|FastifyRequest|IncomingMessage|headers(?:\.|\[')(?:authorization|x-auth|cookie|cf-access)/.test(
        readFileSync(name, 'utf8'),
      ),
    );
    expect(files.length).toBeGreaterThan(50);
    expect(reading).toEqual([]);
  });
});

/** A client that does not use HTTP. */
function aClient(): Client {
  const credential = { kind: 'token', token: new Secret(token) } as const;
  return {
    address: '',
    identify: () => ({ kind: 'holder', credential }),
    mayBeWritten: () => true,
    quotesCredential: () => false,
  };
}

const zoneSettings = { params: { zone_id: seededZone } };

describe('Requests without HTTP', () => {
  it('A request without HTTP reads, changes and is audited', async () => {
    await using stage = await startStage();
    const reads = stage.gateway.app.get(ReadPipeline, { strict: false });
    const writes = stage.gateway.app.get(WritePipeline, { strict: false });
    const ctx = new RequestContext('a-step-of-its-own', aClient());
    const change = { ...zoneSettings, operation: operations['settings.update'], body: { enabled: false } };

    const changed = await writes.run(ctx, change);
    const read = await reads.run(ctx, { ...zoneSettings, operation: operations['settings.get'] });

    expect(changed.ok).toBe(true);
    expect(read.envelope.result).toMatchObject({ enabled: false });
    expect(ctx.change?.receipt).toMatchObject({ seq: 3, stage: 'outcome' });
    expect(ctx.change?.operationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('A read stops at its deadline and ends its upstream call', async () => {
    const ended: IncomingMessage[] = [];
    await using upstream = await startUpstream((incoming, outgoing) => {
      outgoing.on('close', () => ended.push(incoming));
    });
    const gateway = await startGateway({ upstream: upstream.url });
    try {
      const ctx = new RequestContext('a-step-of-its-own', aClient(), performance.now() + 200);
      const reading = gateway.app
        .get(ReadPipeline, { strict: false })
        .run(ctx, { ...zoneSettings, operation: operations['settings.get'] });
      await expect(reading).rejects.toMatchObject({ kind: 'upstream_timeout' });
      await eventually(() => ended.length === 1 || undefined);
    } finally {
      await gateway.close();
    }
  });
});
