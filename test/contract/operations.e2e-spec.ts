import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';
import { aUseOf } from '../support/http/requests.js';

const folder = scratchFolder('operations');
const AUDIT_URL = `file:${join(folder, 'audit.db')}`;
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    AUDIT_URL: auditUrlSchema.parse(AUDIT_URL),
  });
});
afterAll(async () => {
  await gateway?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Those that clients can ask for. */
const rows = Object.values(operations).flatMap((row) =>
  row.name === 'token.verify' || row.name === 'account_token.verify' ? [] : [[row.name, row] as const],
);
const changes = rows.flatMap(([name, { kind }]) => (kind === 'write' ? [name] : []));

describe('The table of operations', () => {
  it.each(rows)('The gateway has a REST route for %s, on the path of Cloudflare', (_, { method, path }) => {
    const fastify = gateway.app.getHttpAdapter().getInstance();
    expect(fastify.hasRoute({ method, url: `/client/v4${path}` })).toBe(true);
  });

  it('The table of operations has the same routes as the OpenAPI document', () => {
    const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const ofTable = rows.map(([, { method, path }]) => `${method} /client/v4${path}`);
    const below = described.filter((route) => route.includes('/client/v4/'));
    expect(below.toSorted()).toEqual(ofTable.toSorted());
  });

  it('The GraphQL schema has one mutation for each change', () => {
    const { schema } = gateway.app.get(GraphQLSchemaHost, { strict: false });
    const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
    const named = fields.map(({ extensions }) => extensions['operation']);
    expect(named.toSorted()).toEqual(changes.toSorted());
  });

  it.each(changes)('The audit record of a change that is refused over REST names %s', async (name) => {
    const { method, path, body } = await aUseOf(name);
    const { status } = await call(gateway.base + path, method, { body });
    expect(status).toBe(400);
    const isRecorded = async () =>
      (await changesIn({ AUDIT_URL })).some(({ stage, action }) => stage === 'denied' && action === name);
    expect(await eventually(async () => (await isRecorded()) || undefined)).toBe(true);
  });
});
