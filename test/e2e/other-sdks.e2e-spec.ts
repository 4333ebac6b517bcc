import { describe, expect, it } from '@jest/globals';
import { decoded } from '../support/clients/decode.js';
import { go0, goSdks, pythonSdks, sending } from '../support/clients/other-clients.js';
import { certificateModel } from '../support/clients/terraform-v4.js';
import { sharedStage } from '../support/gateway/stage.js';
import { anUpload, apiKey, email, emptyZone, pathOf } from '../support/http/requests.js';

const aStage = sharedStage();
const path = (rest: string) => pathOf(rest, emptyZone);

const stainless = [...goSdks, ...pythonSdks];
const clients = [...stainless, go0];

describe.each(clients)('The requests of $name $version', (client) => {
  it('Both kinds of certificate, an association and the settings go through their lives', async () => {
    const stage = await aStage();
    const send = sending(client, stage);
    const resultOf = async (...[method, rest, body]: [string, string, object?]) => {
      const { status, envelope } = await send(method, path(rest), body);
      expect({ rest, status, success: envelope.success }).toEqual({ rest, status: 200, success: true });
      return envelope.result;
    };
    // Cloudflare answers null for an empty list, which Go and Python read as one.
    const listOf = async (collection: string) => (await resultOf('GET', collection)) ?? [];

    const ids: string[] = [];
    for (const collection of ['', '/hostnames/certificates']) {
      expect(await listOf(collection)).toEqual([]);
      const upload = await anUpload();
      const made = decoded(certificateModel, await resultOf('POST', collection, upload));
      const id = String(made['id']);
      ids.push(id);
      expect(made).toMatchObject({ certificate: upload.certificate, status: 'active' });
      expect(decoded(certificateModel, await resultOf('GET', `${collection}/${id}`))).toEqual(made);
      expect(await listOf(collection)).toMatchObject([{ id }]);
    }
    const [zoneCertificate = '', cert_id = ''] = ids;

    const hostname = 'app.example.com';
    for (const enabled of [true, false, null]) {
      const config = [{ hostname, cert_id, enabled }];
      expect(await resultOf('PUT', '/hostnames', { config })).toMatchObject([{ hostname, cert_id, enabled }]);
      if (enabled === null) continue;
      expect(await resultOf('GET', `/hostnames/${hostname}`)).toMatchObject({ hostname, cert_id, enabled });
    }
    for (const enabled of [true, false]) {
      expect(await resultOf('PUT', '/settings', { enabled })).toEqual({ enabled });
      expect(await resultOf('GET', '/settings')).toEqual({ enabled });
    }

    await resultOf('DELETE', `/${zoneCertificate}`);
    await resultOf('DELETE', `/hostnames/certificates/${cert_id}`);
    expect([await listOf(''), await listOf('/hostnames/certificates')]).toEqual([[], []]);
    expect((await stage.sandbox.calls())['unrouted']).toBeUndefined();
  });

  it('What Cloudflare does not have is answered with its own 404', async () => {
    const send = sending(client, await aStage());
    for (const [rest, code] of [
      [`/${'f'.repeat(32)}`, 1552],
      ['/hostnames/certificates/00000000-0000-4000-8000-000000000000', 1551],
      ['/hostnames/unknown.example.com', 1553],
    ] as const) {
      expect(await send('GET', path(rest))).toMatchObject({
        status: 404,
        attempts: 1,
        envelope: { success: false, errors: [{ code }] },
      });
    }
  });

  it('An e-mail address with its key is accepted, also beside a token', async () => {
    const stage = await aStage();
    const key = { 'X-Auth-Email': email, 'X-Auth-Key': apiKey };
    for (const credential of [key, { ...key, Authorization: stage.bearer.authorization }]) {
      expect((await sending(client, stage, credential)('GET', path('/settings'))).status).toBe(200);
    }
  });
});

describe('A change whose outcome is unknown', () => {
  const lost = {
    rules: [{ operation: 'zone_certificate.upload', count: 1, action: { drop: 'after' } }],
  } as const;

  it.each(stainless)('$name $version is told 99032, and does not send it again', async (client) => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [...lost.rules] });
    const answer = await sending(client, stage)('POST', path(''), await anUpload());
    expect(answer).toMatchObject({ status: 504, attempts: 1, envelope: { errors: [{ code: 99032 }] } });
    expect((await stage.sandbox.calls())['zone_certificate.upload']).toBe(1);
  });

  it('cloudflare-go v0 sends it again, and is told that the certificate exists', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [...lost.rules] });
    const answer = await sending(go0, stage)('POST', path(''), await anUpload());
    expect(answer).toMatchObject({ status: 400, attempts: 2, envelope: { errors: [{ code: 1406 }] } });
  });
});

describe('A change that was not sent', () => {
  it.each(clients)('$name $version sends it again, and it is made', async (client) => {
    const stage = await aStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'settings.get', count: 2, action: { drop: 'before' } }],
    });
    const answer = await sending(client, stage)('PUT', path('/settings'), { enabled: true });
    expect(answer).toMatchObject({ status: 200, attempts: 2 });
    expect((await stage.sandbox.calls())['settings.update']).toBe(1);
  });
});
