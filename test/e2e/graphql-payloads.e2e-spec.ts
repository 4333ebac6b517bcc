import { describe, expect, it } from '@jest/globals';
import { aCertificate } from '../support/certificates/certificates.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { ask } from '../support/graphql/graphql.js';
import {
  aChange,
  anUploadOf,
  changing,
  deletable,
  deleting,
  type Input,
} from '../support/graphql/mutations.js';
import { hostnameCertificateInUse, seededZone, zoneCertificate } from '../support/http/requests.js';

const aStage = sharedStage();

const zone = `zone { id
  settings { enabled }
  certificates { cloudflareId status }
  hostnameCertificates { cloudflareId status }
  hostnames { nodes { name enabled certificate { cloudflareId } } } }`;

interface ZoneShown {
  readonly id: string;
  readonly settings: { readonly enabled: boolean };
  readonly certificates: readonly { readonly cloudflareId: string; readonly status: string }[];
  readonly hostnameCertificates: readonly { readonly cloudflareId: string; readonly status: string }[];
  readonly hostnames: { readonly nodes: readonly object[] };
}

interface PayloadShown {
  readonly zone: ZoneShown | null;
  readonly deletedId?: string | null;
  readonly certificate?: { readonly id: string; readonly cloudflareId: string } | null;
  readonly userErrors: readonly Record<string, unknown>[];
}

async function change(stage: Stage, mutation: string, type: string, input: Input, selection = '') {
  const query = `mutation ($input: ${type}!) { it: ${mutation}(input: $input) { ${selection} ${zone} userErrors { __typename code message field upstreamCode
    ... on CertificateInUse { hostnames { name enabled } }
    ... on CertificateExists { certificate { __typename id status } }
    ... on LimitReached { limit used }
    ... on PermissionMissing { permission } } } }`;
  const { data, errors } = await ask<{ it: PayloadShown }>(stage.gateway, query, { input }, stage.bearer);
  expect(errors).toEqual([]);
  if (!data?.it) throw new Error('There is no payload.');
  return data.it;
}

/** The zone as a query shows it, for a stage whose cache holds what was read before the change. */
async function asked(stage: Stage): Promise<ZoneShown | undefined> {
  const query = `{ ${zone.replace('zone {', `zone(id: "${seededZone}") {`)} }`;
  return (await ask<{ zone: ZoneShown }>(stage.gateway, query, {}, stage.bearer)).data?.zone;
}

describe('Payloads of mutations', () => {
  it.each(['uploadZoneCertificate', 'uploadHostnameCertificate'] as const)(
    'The zone in the payload of %s has the certificate in its list',
    async (mutation) => {
      const stage = await aStage();
      await asked(stage);
      const input = anUploadOf(await aCertificate());
      const payload = await change(
        stage,
        mutation,
        'UploadCertificateInput',
        input,
        'certificate { id cloudflareId }',
      );
      const list = mutation === 'uploadZoneCertificate' ? 'certificates' : 'hostnameCertificates';
      const { id, cloudflareId = '' } = payload.certificate ?? {};
      expect(id).toBe(
        `${seededZone}:${mutation === 'uploadZoneCertificate' ? 'zone' : 'hostname'}_certificate:${cloudflareId}`,
      );
      expect(payload.zone?.[list]).toContainEqual({ cloudflareId, status: expect.any(String) });
    },
  );

  it('The payload of a deletion has the id that is gone, and the zone after it', async () => {
    const stage = await aStage();
    const before = await asked(stage);
    expect(before?.certificates).toContainEqual({ cloudflareId: zoneCertificate, status: 'ACTIVE' });

    const input = deleting(zoneCertificate);
    const payload = await change(
      stage,
      'deleteZoneCertificate',
      'DeleteCertificateInput',
      input,
      'deletedId',
    );

    expect(payload.deletedId).toBe(`${seededZone}:zone_certificate:${zoneCertificate}`);
    expect(payload.zone?.certificates).not.toContainEqual({
      cloudflareId: zoneCertificate,
      status: 'ACTIVE',
    });
    expect(payload.zone).toEqual(await asked(stage));
  });

  it('The zone in the payload of updateHostnames has the associations after the change', async () => {
    const stage = await aStage();
    await asked(stage);
    const input = changing(aChange(), aChange({ hostname: 'app.example.com', action: 'DISABLE' }));
    const payload = await change(stage, 'updateHostnames', 'UpdateHostnamesInput', input, 'hostnames { id }');
    expect(payload.zone?.hostnames.nodes).toEqual(
      expect.arrayContaining([
        { name: 'app.example.com', enabled: false, certificate: { cloudflareId: hostnameCertificateInUse } },
        { name: 'new.example.com', enabled: true, certificate: { cloudflareId: hostnameCertificateInUse } },
      ]),
    );
    expect(payload.zone).toEqual(await asked(stage));
  });

  it('The zone in the payload of updateZoneSettings has the settings after the change', async () => {
    const stage = await aStage();
    await asked(stage);
    const input = { zoneId: seededZone, enabled: false };
    const payload = await change(
      stage,
      'updateZoneSettings',
      'UpdateZoneSettingsInput',
      input,
      'settings { id }',
    );
    expect(payload).toMatchObject({
      settings: { id: `${seededZone}:settings` },
      zone: { id: seededZone, settings: { enabled: false } },
    });
  });

  it('The payload of a refused change has the zone, and the id of nothing', async () => {
    const stage = await aStage();
    const input = deleting(hostnameCertificateInUse);
    const payload = await change(
      stage,
      'deleteHostnameCertificate',
      'DeleteCertificateInput',
      input,
      'deletedId',
    );
    expect(payload).toMatchObject({ deletedId: null, zone: { id: seededZone } });
  });

  it('The payload of a change of a malformed zone has no zone', async () => {
    const stage = await aStage();
    const input = { zoneId: 'x', certificateId: zoneCertificate };
    const payload = await change(
      stage,
      'deleteZoneCertificate',
      'DeleteCertificateInput',
      input,
      'deletedId',
    );
    expect(payload).toMatchObject({ zone: null, deletedId: null });
    expect(await stage.sandbox.calls()).toEqual({});
  });
});

describe('User errors with details', () => {
  it('CertificateInUse has the hostnames', async () => {
    const stage = await aStage();
    const input = deleting(hostnameCertificateInUse);
    const payload = await change(stage, 'deleteHostnameCertificate', 'DeleteCertificateInput', input);
    expect(payload.userErrors).toMatchObject([
      {
        __typename: 'CertificateInUse',
        code: 'CONFLICT',
        upstreamCode: 1433,
        hostnames: [
          { name: 'app.example.com', enabled: true },
          { name: 'legacy.example.com', enabled: false },
        ],
      },
    ]);
  });

  it.each(['uploadZoneCertificate', 'uploadHostnameCertificate'] as const)(
    'CertificateExists of %s has the certificate in the zone',
    async (mutation) => {
      const stage = await aStage();
      const input = anUploadOf(await aCertificate());
      const first = await change(
        stage,
        mutation,
        'UploadCertificateInput',
        input,
        'certificate { id cloudflareId }',
      );
      const { userErrors } = await change(stage, mutation, 'UploadCertificateInput', input);
      expect(userErrors).toMatchObject([
        { __typename: 'CertificateExists', code: 'CONFLICT', certificate: { id: first.certificate?.id } },
      ]);
    },
  );

  it('CertificateExists has no certificate if the list cannot be read', async () => {
    const stage = await aStage();
    const input = anUploadOf(await aCertificate());
    await change(stage, 'uploadZoneCertificate', 'UploadCertificateInput', input);
    await stage.sandbox.faults({ rules: [{ operation: 'zone_certificate.list', action: { status: 500 } }] });
    const query = `mutation ($input: UploadCertificateInput!) { it: uploadZoneCertificate(input: $input) {
      userErrors { __typename ... on CertificateExists { certificate { id } } } } }`;
    const { data, errors } = await ask(stage.gateway, query, { input }, stage.bearer);
    expect(errors).toEqual([]);
    expect(data).toEqual({ it: { userErrors: [{ __typename: 'CertificateExists', certificate: null }] } });
  });

  it('InvalidInput and OtherError are told apart', async () => {
    const stage = await aStage();
    const invalid = await change(stage, 'deleteZoneCertificate', 'DeleteCertificateInput', deleting('x'));
    expect(invalid.userErrors).toMatchObject([{ __typename: 'InvalidInput', code: 'INVALID_INPUT' }]);
    const input = deleting('0'.repeat(32));
    const other = await change(stage, 'deleteZoneCertificate', 'DeleteCertificateInput', input);
    expect(other.userErrors).toMatchObject([
      { __typename: 'OtherError', code: 'NOT_FOUND', upstreamCode: 1552 },
    ]);
  });
});

describe('Voids without a certificate', () => {
  it('A void takes the certificate of the association', async () => {
    const stage = await aStage();
    const input = changing({ hostname: 'App.Example.com', action: 'VOID' });
    const payload = await change(
      stage,
      'updateHostnames',
      'UpdateHostnamesInput',
      input,
      'hostnames { enabled }',
    );
    expect(payload).toMatchObject({ hostnames: [{ enabled: null }], userErrors: [] });
    const { body } = stage.recorder.exchanges.find(({ method }) => method === 'PUT') ?? {};
    expect(JSON.parse(String(body))).toEqual({
      config: [{ hostname: 'app.example.com', cert_id: hostnameCertificateInUse, enabled: null }],
    });
  });

  it('A void of a hostname without an association answers NOT_FOUND, and nothing is sent', async () => {
    const stage = await aStage();
    const input = changing(aChange(), { hostname: 'unknown.example.com', action: 'VOID' });
    const payload = await change(
      stage,
      'updateHostnames',
      'UpdateHostnamesInput',
      input,
      'hostnames { enabled }',
    );
    expect(payload.userErrors).toMatchObject([
      { code: 'NOT_FOUND', field: ['input', 'changes', '1', 'hostname'], upstreamCode: null },
    ]);
    expect(stage.recorder.exchanges.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it.each(['ENABLE', 'DISABLE'])(
    '%s without a certificate answers INVALID_INPUT without a call',
    async (action) => {
      const stage = await aStage();
      for (const certificateId of [undefined, null]) {
        const input = changing({ hostname: 'app.example.com', action, certificateId });
        const query = `mutation ($input: UpdateHostnamesInput!) { it: updateHostnames(input: $input) { userErrors { code field } } }`;
        const { data } = await ask(stage.gateway, query, { input }, stage.bearer);
        const field = ['input', 'changes', '0', 'certificateId'];
        expect(data).toEqual({ it: { userErrors: [{ code: 'INVALID_INPUT', field }] } });
      }
      expect(await stage.sandbox.calls()).toEqual({});
    },
  );

  it('A void with a certificate sends that certificate', async () => {
    const stage = await aStage();
    const input = changing({ hostname: 'app.example.com', action: 'VOID', certificateId: deletable });
    const query = `mutation ($input: UpdateHostnamesInput!) { updateHostnames(input: $input) { userErrors { code } } }`;
    await ask(stage.gateway, query, { input }, stage.bearer);
    const { body } = stage.recorder.exchanges.find(({ method }) => method === 'PUT') ?? {};
    expect(JSON.parse(String(body))).toMatchObject({ config: [{ cert_id: deletable, enabled: null }] });
  });
});
