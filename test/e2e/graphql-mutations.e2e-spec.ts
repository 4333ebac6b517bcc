import { describe, expect, it } from '@jest/globals';
import { aCertificate } from '../support/certificates/certificates.js';
import { admission } from '../support/graphql/graphql.js';
import { hostnameCertificateInUse, seededZone, zoneCertificate } from '../support/http/requests.js';
import { type Exchange } from '../support/upstream/recorder.js';
import { sharedStage, startStage, type Stage } from '../support/gateway/stage.js';
import {
  unknownId,
  deletable,
  uploads,
  anUploadOf,
  aChange,
  changing,
  deleting,
  inputs,
  mutationNames,
  operationOf,
  payloadOf,
  refusalOf,
  expectNothingSent,
} from '../support/graphql/mutations.js';

const aStage = sharedStage();
const deletes = ['deleteZoneCertificate', 'deleteHostnameCertificate'] as const;

/** The only change that was sent. Reads do not count. */
function onlyChange({ recorder }: Stage): Exchange {
  const [first, ...others] = recorder.exchanges.filter(({ method }) => method !== 'GET');
  if (!first || others.length > 0) throw new Error(`There were ${others.length + (first ? 1 : 0)} changes.`);
  return first;
}

describe('Payloads of mutations', () => {
  it.each(uploads)('%s answers with the certificate and its fingerprint', async (name) => {
    const stage = await aStage();
    const uploaded = await aCertificate();

    const payload = await payloadOf(stage, name, anUploadOf(uploaded));

    expect(payload).toEqual({
      certificate: {
        id: expect.stringMatching(/^[0-9a-f-]{32,36}$/),
        status: 'ACTIVE',
        certificate: uploaded.certificate,
        issuer: expect.stringContaining('origin-pull.example.com'),
        serialNumber: expect.stringMatching(/^\d+$/),
        signature: expect.stringMatching(/SHA256/),
        uploadedOn: expect.stringMatching(/^\d{4}-.*Z$/),
        expiresOn: expect.stringMatching(/^\d{4}-.*Z$/),
        fingerprintSha256: uploaded.fingerprintSha256,
      },
      warnings: [],
      userErrors: [],
    });
    expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
  });

  it.each(['ec', 'p384', 'rsa', 'rsa3072'] as const)(
    'uploadZoneCertificate answers with the fingerprint of a certificate of key type %s',
    async (keyType) => {
      const stage = await aStage();
      const uploaded = await aCertificate({ keyType });
      const payload = await payloadOf(stage, 'uploadZoneCertificate', anUploadOf(uploaded));
      expect(payload.certificate?.['fingerprintSha256']).toBe(uploaded.fingerprintSha256);
    },
  );

  it('An upload with CRLF and white space is sent as normalized PEM', async () => {
    const stage = await aStage();
    const uploaded = await aCertificate();

    await payloadOf(stage, 'uploadHostnameCertificate', {
      zoneId: seededZone,
      certificate: `\n  ${uploaded.certificate.replaceAll('\n', '\r\n')}`,
      privateKey: `${uploaded.privateKey.replaceAll('\n', '\r\n')}\n\n`,
    });

    expect(JSON.parse(onlyChange(stage).body.toString())).toEqual({
      certificate: uploaded.certificate,
      private_key: uploaded.privateKey,
    });
  });

  it.each([
    ['deleteZoneCertificate', zoneCertificate],
    ['deleteHostnameCertificate', deletable],
  ] as const)('%s answers with the certificate in status PENDING_DELETION', async (name, id) => {
    await using stage = await startStage({ deleteMs: 60_000 });
    const payload = await payloadOf(stage, name, deleting(id));
    expect(payload).toMatchObject({ certificate: { id, status: 'PENDING_DELETION' }, userErrors: [] });
    expect(payload.certificate?.['fingerprintSha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
  });

  it.each([true, false])('updateZoneSettings sends and answers enabled: %s', async (enabled) => {
    const stage = await aStage();
    const payload = await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled });
    expect(payload).toEqual({ settings: { enabled }, userErrors: [] });
    expect(JSON.parse(onlyChange(stage).body.toString())).toEqual({ enabled });
  });

  it('updateHostnames makes one call, and answers with the hostnames in the order of the changes', async () => {
    await using stage = await startStage({ voidMs: 60_000, deployMs: 60_000 });

    const payload = await payloadOf(
      stage,
      'updateHostnames',
      changing(
        aChange({ hostname: 'zebra.example.com' }),
        aChange({ hostname: 'legacy.example.com', action: 'VOID' }),
        aChange({ hostname: 'App.Example.com', action: 'DISABLE' }),
        aChange({ hostname: '*.wild.example.com' }),
      ),
    );

    expect(payload.userErrors).toEqual([]);
    expect(payload.hostnames).toMatchObject([
      { name: 'zebra.example.com', enabled: true, status: 'PENDING_DEPLOYMENT' },
      { name: 'legacy.example.com', enabled: null, status: 'PENDING_DELETION' },
      { name: 'app.example.com', enabled: false, status: 'PENDING_DEPLOYMENT' },
      { name: '*.wild.example.com', enabled: true, status: 'PENDING_DEPLOYMENT' },
    ]);
    for (const { certificate } of payload.hostnames ?? []) {
      expect(certificate).toMatchObject({ id: hostnameCertificateInUse, status: 'ACTIVE' });
    }
    expect(await stage.sandbox.calls()).toEqual({ ...admission, 'hostname.update': 1 });
  });

  it('updateHostnames sends ENABLE, DISABLE, VOID as true, false, null, and names as A-labels', async () => {
    const stage = await aStage();
    const certificateId = hostnameCertificateInUse;

    const payload = await payloadOf(
      stage,
      'updateHostnames',
      changing(
        aChange({ hostname: 'bücher.example', action: 'ENABLE' }),
        aChange({ hostname: '*.BÜCHER.example', action: 'DISABLE' }),
        aChange({ hostname: '例え.jp', action: 'VOID' }),
      ),
    );

    expect(JSON.parse(onlyChange(stage).body.toString())).toEqual({
      config: [
        { hostname: 'xn--bcher-kva.example', cert_id: certificateId, enabled: true },
        { hostname: '*.xn--bcher-kva.example', cert_id: certificateId, enabled: false },
        { hostname: 'xn--r8jz45g.jp', cert_id: certificateId, enabled: null },
      ],
    });
    expect(payload.hostnames?.slice(0, 2)).toMatchObject([
      { name: 'xn--bcher-kva.example', enabled: true },
      { name: '*.xn--bcher-kva.example', enabled: false },
    ]);
  });

  it('updateHostnames answers with status DELETED for a void that takes effect at once', async () => {
    await using stage = await startStage({ voidMs: 0 });
    const payload = await payloadOf(
      stage,
      'updateHostnames',
      changing(aChange({ hostname: 'app.example.com', action: 'VOID' })),
    );
    expect(payload.hostnames).toMatchObject([{ name: 'app.example.com', enabled: null, status: 'DELETED' }]);
  });
});

describe('Malformed input of mutations', () => {
  it.each(mutationNames)(
    '%s with a malformed zone id answers INVALID_INPUT with its path, and is not sent',
    async (name) => {
      const stage = await aStage();
      const input = { ...(await inputs[name]()), zoneId: seededZone.toUpperCase() };

      expect(await refusalOf(stage, name, input)).toEqual({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('32 lower-case hexadecimal'),
        field: ['input', 'zoneId'],
        upstreamCode: null,
      });
      await expectNothingSent(stage);
    },
  );

  it.each(deletes)(
    '%s with a malformed certificate id answers INVALID_INPUT, and is not sent',
    async (name) => {
      const stage = await aStage();
      for (const id of ['', 'x', '..', `${unknownId}0`, `${hostnameCertificateInUse}/`]) {
        expect(await refusalOf(stage, name, deleting(id))).toMatchObject({
          code: 'INVALID_INPUT',
          field: ['input', 'certificateId'],
          upstreamCode: null,
        });
      }
      await expectNothingSent(stage);
    },
  );

  it('updateHostnames answers with all malformed members at once', async () => {
    const stage = await aStage();

    const { hostnames, userErrors } = await payloadOf(stage, 'updateHostnames', {
      zoneId: 'x',
      changes: [
        aChange({ hostname: 'a..b' }),
        aChange({ certificateId: 'x' }),
        aChange({ hostname: '', certificateId: '' }),
      ],
    });

    expect(hostnames).toBeNull();
    expect(userErrors.map(({ field }) => field)).toEqual([
      ['input', 'zoneId'],
      ['input', 'changes', '0', 'hostname'],
      ['input', 'changes', '1', 'certificateId'],
      ['input', 'changes', '2', 'hostname'],
      ['input', 'changes', '2', 'certificateId'],
    ]);
    expect(new Set(userErrors.map(({ code }) => code))).toEqual(new Set(['INVALID_INPUT']));
    await expectNothingSent(stage);
  });

  it.each([
    ['in the same form', 'a.example.com', 'a.example.com'],
    ['in capitals', 'a.example.com', 'A.Example.com'],
    ['in A-labels', 'bücher.example', 'xn--bcher-kva.example'],
  ])('updateHostnames refuses a hostname that is named again %s', async (_, hostname, again) => {
    const stage = await aStage();
    const changes = changing(aChange({ hostname }), aChange(), aChange({ hostname: again, action: 'VOID' }));

    expect(await refusalOf(stage, 'updateHostnames', changes)).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('named twice'),
      field: ['input', 'changes', '2', 'hostname'],
      upstreamCode: null,
    });
    await expectNothingSent(stage);
  });

  it('updateHostnames refuses an empty list of changes', async () => {
    const stage = await aStage();
    expect(await refusalOf(stage, 'updateHostnames', changing())).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('nothing to change'),
      field: ['input', 'changes'],
      upstreamCode: null,
    });
    await expectNothingSent(stage);
  });
});
