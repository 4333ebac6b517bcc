import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { rowsOf } from '../support/basics/pages.js';
import { ask } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { longLifetimes } from '../support/cache/caching.js';
import { emptyZone, pathOf, seededZone } from '../support/http/requests.js';
import { startManagedStage, upstreamToken } from '../support/access/managed-stage.js';

describe('Managed mode', () => {
  it('A token of an issuer reads with the token of the gateway', async () => {
    await using stage = await startManagedStage();
    const headers = await stage.as('viewer');

    const { status } = await stage.ask('GET', pathOf('/settings'), { headers });

    expect(status).toBe(200);
    const [exchange] = stage.recorder.exchanges;
    expect(exchange?.headers.authorization).toBe(`Bearer ${upstreamToken}`);
  });

  it('An API key reads and changes', async () => {
    await using stage = await startManagedStage();
    const headers = { authorization: `Bearer ${stage.access.keys.admin}` };

    const change = await stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });
    const read = await ask<{ zone: unknown }>(
      stage.gateway,
      `{ viewer { actor name roles zones actions(zoneId: "${seededZone}") } zone(id: "${seededZone}") { settings { enabled } } }`,
      {},
      headers,
    );

    expect(change.status).toBe(200);
    expect(read).toMatchObject({ status: 200, errors: [], data: { zone: { settings: { enabled: true } } } });
  });

  it('A viewer may not change, over both faces', async () => {
    await using stage = await startManagedStage();
    const headers = await stage.as('viewer');

    const overRest = await stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });
    const overGraphQL = await ask(
      stage.gateway,
      `mutation { updateZoneSettings(input: { zoneId: "${seededZone}", enabled: true }) { settings { enabled } } }`,
      {},
      headers,
    );

    expect(overRest.status).toBe(403);
    expect(JSON.parse(overRest.body.toString())).toMatchObject({ errors: [{ code: 99011 }] });
    expect(overGraphQL.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(stage.recorder.exchanges).toEqual([]);
  });

  it('A refusal of the token in one zone (403, 9109) is passed on, and the answers of other zones stay kept', async () => {
    await using stage = await startManagedStage({}, longLifetimes);
    const headers = await stage.as('viewer');
    const refusal = {
      status: 403,
      body: { success: false, errors: [{ code: 9109, message: 'Unauthorized' }] },
    };
    await stage.sandbox.faults({ rules: [{ operation: 'settings.get', zone: emptyZone, action: refusal }] });

    await stage.ask('GET', pathOf('/settings'), { headers });
    const refused = await stage.ask('GET', pathOf('/settings', emptyZone), { headers });
    const kept = await stage.ask('GET', pathOf('/settings'), { headers });

    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ errors: [{ code: 9109 }] });
    expect(kept.headers['cache-status']).toContain('; hit');
  });

  it('A token of the gateway that Cloudflare refuses (401) is a failure of the gateway, not of the caller', async () => {
    await using stage = await startManagedStage();
    const headers = await stage.as('admin');
    const refusal = { status: 401, body: { success: false, errors: [{ code: 10000, message: 'No' }] } };
    await stage.sandbox.faults({
      rules: [
        { operation: 'settings.get', action: refusal },
        { operation: 'settings.update', action: refusal },
      ],
    });

    const read = await stage.ask('GET', pathOf('/settings'), { headers });
    const change = await stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });

    for (const reply of [read, change]) {
      expect(reply.status).toBe(502);
      expect(JSON.parse(reply.body.toString())).toMatchObject({ errors: [{ code: 99024 }] });
      expect(reply.headers['www-authenticate']).toBeUndefined();
    }
  });

  it('The metrics of managed mode are those of the documentation', async () => {
    await using stage = await startManagedStage();
    await stage.ask('GET', pathOf('/settings'), {
      headers: { authorization: `Bearer ${stage.access.keys.viewer}` },
    });
    const text = (await call(stage.gateway.metricsUrl, 'GET')).body.toString();
    const page = readFileSync('docs/operations.md', 'utf8');
    const names = rowsOf(page, 'name in managed mode').map(([name = '']) => name.replaceAll('`', ''));
    expect(names.length).toBe(4);
    for (const name of names) expect(text).toContain(`# HELP ${name} `);
    expect(text).toMatch(/^api_key_last_used_timestamp_seconds\{key="\w{8}",name="viewer"\} \d+/m);
    expect(text).toContain(
      `access_file_info{sha256="${hash('sha256', readFileSync(stage.access.path), 'hex')}"} 1`,
    );
  });

  it('Without a token a request is refused with 401 over both faces', async () => {
    await using stage = await startManagedStage();

    const overRest = await stage.ask('GET', pathOf('/settings'));
    const overGraphQL = await ask(stage.gateway, `{ viewer { actor } }`, {}, {});

    expect(overRest).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="origin-pulls-gateway"' },
    });
    expect(overGraphQL).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('A refusal over GraphQL has the type that the client asks for, so that clients read its code', async () => {
    await using stage = await startManagedStage();
    const typeFor = async (accept: string) => {
      const { status, headers } = await call(`${stage.gateway.url}/graphql`, 'POST', {
        headers: { accept },
        body: { query: '{ viewer { actor } }' },
      });
      return [status, headers['content-type']];
    };
    const ofGraphQL = 'application/graphql-response+json';

    // Apollo Client's, urql's, curl's, and one that prefers the other type.
    expect(await typeFor(`${ofGraphQL}, application/json;q=0.9`)).toEqual([401, ofGraphQL]);
    expect(await typeFor(`${ofGraphQL}, application/json, multipart/mixed`)).toEqual([401, ofGraphQL]);
    expect(await typeFor('*/*')).toEqual([401, 'application/json']);
    expect(await typeFor(`application/json, ${ofGraphQL};q=0.9`)).toEqual([401, 'application/json']);
  });
});
