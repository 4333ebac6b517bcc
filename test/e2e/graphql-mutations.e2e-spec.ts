import { describe, expect, it } from '@jest/globals';
import { type FaultsInput } from '../../sandbox/faults.js';
import { type OperationName } from '../../sandbox/operation.js';
import { aCertificate, encrypt, KeyUsageFlags, type TestCertificate } from '../support/certificates.js';
import { admission, ask, type MutationName, mutate, type Payload } from '../support/graphql.js';
import {
  emptyZone,
  hostnameCertificateInUse,
  seededZone,
  zoneCertificate,
} from '../support/requests.js';
import { type Exchange } from '../support/recorder.js';
import { sharedStage, startStage, type Stage } from '../support/stage.js';

const aStage = sharedStage();

const day = 24 * 60 * 60 * 1000;
const unknownId = 'f'.repeat(32);
const deletable = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff61';
const beingDeleted = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff62';
const deleted = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff63';

const uploads = ['uploadZoneCertificate', 'uploadHostnameCertificate'] as const;
const deletes = ['deleteZoneCertificate', 'deleteHostnameCertificate'] as const;

type Input = Readonly<Record<string, unknown>>;

function anUploadOf({ certificate, privateKey }: TestCertificate, zoneId = seededZone): Input {
  return { zoneId, certificate, privateKey };
}

function aChange(change: Input = {}): Input {
  return {
    hostname: 'new.example.com',
    certificateId: hostnameCertificateInUse,
    action: 'ENABLE',
    ...change,
  };
}

const changing = (...changes: Input[]): Input => ({ zoneId: seededZone, changes });
const deleting = (certificateId: string): Input => ({ zoneId: seededZone, certificateId });

/** An input for each mutation that the seeded sandbox takes. */
const inputs: Readonly<Record<MutationName, () => Input | Promise<Input>>> = {
  uploadZoneCertificate: async () => anUploadOf(await aCertificate()),
  uploadHostnameCertificate: async () => anUploadOf(await aCertificate()),
  deleteZoneCertificate: () => deleting(zoneCertificate),
  deleteHostnameCertificate: () => deleting(deletable),
  updateHostnames: () => changing(aChange()),
  updateZoneSettings: () => ({ zoneId: seededZone, enabled: false }),
};
const mutationNames = Object.keys(inputs) as MutationName[];

const operationOf: Readonly<Record<MutationName, OperationName>> = {
  uploadZoneCertificate: 'zone_certificate.upload',
  uploadHostnameCertificate: 'hostname_certificate.upload',
  deleteZoneCertificate: 'zone_certificate.delete',
  deleteHostnameCertificate: 'hostname_certificate.delete',
  updateHostnames: 'hostname.update',
  updateZoneSettings: 'settings.update',
};

/** Makes a change that goes through to its payload, whatever that says. */
async function payloadOf(stage: Stage, name: MutationName, input: Input): Promise<Payload> {
  const { status, errors, payload } = await mutate(stage.gateway, name, input);
  expect({ status, errors }).toEqual({ status: 200, errors: [] });
  if (!payload) throw new Error('There is neither a payload nor an error.');
  return payload;
}

/** The only error of a change that was refused; nothing else is in its payload. */
async function refusalOf(stage: Stage, name: MutationName, input: Input) {
  const { userErrors, certificate, hostnames, settings } = await payloadOf(stage, name, input);
  expect([certificate ?? null, hostnames ?? null, settings ?? null]).toEqual([null, null, null]);
  expect(userErrors).toHaveLength(1);
  return userErrors[0];
}

/** The only change that was sent, whatever was read besides. */
function onlyChange({ recorder }: Stage): Exchange {
  const [first, ...others] = recorder.exchanges.filter(({ method }) => method !== 'GET');
  if (!first || others.length > 0) throw new Error(`There were ${others.length + (first ? 1 : 0)} changes.`);
  return first;
}

async function expectNothingSent(stage: Stage): Promise<void> {
  expect(stage.recorder.exchanges).toHaveLength(0);
  expect(await stage.sandbox.calls()).toEqual({});
}

type Action = NonNullable<FaultsInput['rules']>[number]['action'];

function answering(code: number, message: string, status = 400): Action {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

const underFault = (stage: Stage, name: MutationName, action: Action) =>
  stage.sandbox.faults({ rules: [{ operation: operationOf[name], action }] });

describe('A change that is made answers what it made', () => {
  it.each(uploads)('%s: the certificate, with a fingerprint that is computed here', async (name) => {
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

  it.each(['ec', 'p384', 'rsa', 'rsa3072'] as const)('for a key of type %s too', async (keyType) => {
    const stage = await aStage();
    const uploaded = await aCertificate({ keyType });
    const payload = await payloadOf(stage, 'uploadZoneCertificate', anUploadOf(uploaded));
    expect(payload.certificate?.['fingerprintSha256']).toBe(uploaded.fingerprintSha256);
  });

  it('sends the certificate and the key as one way to write them, however they came', async () => {
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
  ] as const)('%s: the certificate, on its way out', async (name, id) => {
    await using stage = await startStage({ deleteMs: 60_000 });
    const payload = await payloadOf(stage, name, deleting(id));
    expect(payload).toMatchObject({ certificate: { id, status: 'PENDING_DELETION' }, userErrors: [] });
    expect(payload.certificate?.['fingerprintSha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
  });

  it.each([true, false])('updateZoneSettings: the settings, enabled %s', async (enabled) => {
    const stage = await aStage();
    const payload = await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled });
    expect(payload).toEqual({ settings: { enabled }, userErrors: [] });
    expect(JSON.parse(onlyChange(stage).body.toString())).toEqual({ enabled });
  });

  it('updateHostnames: the hostnames in the order of the changes, with their certificate, in one call', async () => {
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

  it('updateHostnames: ENABLE, DISABLE and VOID go out as true, false and null, and a name as A-labels', async () => {
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

  it('updateHostnames: a void that is done at once is told as such', async () => {
    await using stage = await startStage({ voidMs: 0 });
    const payload = await payloadOf(
      stage,
      'updateHostnames',
      changing(aChange({ hostname: 'app.example.com', action: 'VOID' })),
    );
    expect(payload.hostnames).toMatchObject([{ name: 'app.example.com', enabled: null, status: 'DELETED' }]);
  });
});

describe('What Cloudflare refuses and the caller can put right', () => {
  it.each(uploads)('%s of a certificate that is there already says so', async (name) => {
    const stage = await aStage();
    const upload = anUploadOf(await aCertificate());
    await payloadOf(stage, name, upload);

    expect(await refusalOf(stage, name, upload)).toEqual({
      code: 'CONFLICT',
      message: expect.stringMatching(/in this zone already\. Use the one that is there/),
      field: ['input', 'certificate'],
      upstreamCode: 1406,
    });
  });

  it.each(uploads)('%s of what Cloudflare cannot read says what to send', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, answering(1408, 'Unable to parse certificate'));

    expect(await refusalOf(stage, name, await inputs[name]())).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/Send one leaf certificate, PEM/),
      field: ['input', 'certificate'],
      upstreamCode: 1408,
    });
  });

  it.each(uploads)('%s of what Cloudflare takes for no leaf says how to make one', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, answering(1412, 'Only leaf certificate is allowed.'));

    expect(await refusalOf(stage, name, await inputs[name]())).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(
        /takes leaf certificates only.*-addext basicConstraints=critical,CA:FALSE/,
      ),
      field: ['input', 'certificate'],
      upstreamCode: 1412,
    });
  });

  it('the eleventh hostname certificate reaches the limit', async () => {
    const stage = await aStage();
    const certificates = await Promise.all(Array.from({ length: 11 }, () => aCertificate()));
    const last = certificates.pop();
    for (const each of certificates) {
      const { userErrors } = await payloadOf(stage, 'uploadHostnameCertificate', anUploadOf(each, emptyZone));
      expect(userErrors).toEqual([]);
    }
    if (!last) throw new Error('There is no eleventh.');

    expect(await refusalOf(stage, 'uploadHostnameCertificate', anUploadOf(last, emptyZone))).toEqual({
      code: 'LIMIT_REACHED',
      message: expect.stringContaining('limit of 10 hostname certificates'),
      field: null,
      upstreamCode: 1000,
    });
  });

  it('a certificate in use names the hostnames that use it, and what to do', async () => {
    const stage = await aStage();

    const error = await refusalOf(stage, 'deleteHostnameCertificate', deleting(hostnameCertificateInUse));

    expect(error).toEqual({
      code: 'CONFLICT',
      message:
        'Still used by app.example.com, legacy.example.com. Void these associations first (updateHostnames with VOID), then delete the certificate.',
      field: ['input', 'certificateId'],
      upstreamCode: 1433,
    });
    expect(await stage.sandbox.calls()).toEqual({
      ...admission,
      'hostname_certificate.delete': 1,
      'hostname.list': 1,
    });
  });

  it('and doing that lets it be deleted', async () => {
    const stage = await aStage();
    const names = ['app.example.com', 'legacy.example.com'];
    await payloadOf(
      stage,
      'updateHostnames',
      changing(...names.map((hostname) => aChange({ hostname, action: 'VOID' }))),
    );
    const payload = await payloadOf(stage, 'deleteHostnameCertificate', deleting(hostnameCertificateInUse));
    expect(payload).toMatchObject({ certificate: { id: hostnameCertificateInUse }, userErrors: [] });
  });

  it('a certificate in use is explained without names where they cannot be had', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'hostname.list', action: { status: 500 } }] });

    expect(await refusalOf(stage, 'deleteHostnameCertificate', deleting(hostnameCertificateInUse))).toEqual({
      code: 'CONFLICT',
      message: expect.stringMatching(/Void their associations first/),
      field: ['input', 'certificateId'],
      upstreamCode: 1433,
    });
  });

  it.each([
    ['deleteZoneCertificate', 'unknown', unknownId, 'NOT_FOUND', 1552, /no such zone certificate/],
    ['deleteHostnameCertificate', 'unknown', unknownId, 'NOT_FOUND', 1551, /no such hostname certificate/],
    [
      'deleteHostnameCertificate',
      "the zone's",
      zoneCertificate,
      'NOT_FOUND',
      1551,
      /no such hostname certificate/,
    ],
    [
      'deleteZoneCertificate',
      "a hostname's",
      hostnameCertificateInUse,
      'NOT_FOUND',
      1552,
      /no such zone certificate/,
    ],
    [
      'deleteHostnameCertificate',
      'being deleted',
      beingDeleted,
      'CONFLICT',
      1414,
      /being deleted already\. Nothing is left to do/,
    ],
    ['deleteHostnameCertificate', 'deleted', deleted, 'NOT_FOUND', 1415, /no such certificate of this kind/],
  ] as const)('%s of one that is %s', async (name, _, id, code, upstreamCode, message) => {
    const stage = await aStage();
    expect(await refusalOf(stage, name, deleting(id))).toEqual({
      code,
      message: expect.stringMatching(message),
      field: ['input', 'certificateId'],
      upstreamCode,
    });
  });

  it('deleteZoneCertificate of one that is deleted passes on what Cloudflare says', async () => {
    const stage = await aStage();
    expect(
      await refusalOf(stage, 'deleteZoneCertificate', deleting('a1c5e0d27b9f4e3c8d6a5b4c3d2e1f03')),
    ).toEqual({
      code: 'REJECTED',
      message: 'Cloudflare refused: Certificate is already deleted.',
      field: null,
      upstreamCode: 1000,
    });
  });

  it.each([
    ['deleteZoneCertificate', 'uploadZoneCertificate'],
    ['deleteHostnameCertificate', 'uploadHostnameCertificate'],
  ] as const)('%s of one that is still being deployed says when to try again', async (name, upload) => {
    await using stage = await startStage({ deployMs: 60_000 });
    const { certificate } = await payloadOf(stage, upload, anUploadOf(await aCertificate()));

    expect(await refusalOf(stage, name, deleting(String(certificate?.['id'])))).toEqual({
      code: 'CONFLICT',
      message: expect.stringMatching(/still being deployed\. Delete it when its status is ACTIVE/),
      field: ['input', 'certificateId'],
      upstreamCode: 1434,
    });
  });

  it.each(mutationNames)('%s while another change is under way says to try again', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, { status: 409 });

    expect(await refusalOf(stage, name, await inputs[name]())).toEqual({
      code: 'CONFLICT',
      message: expect.stringMatching(/Another change was under way .* try again/),
      field: null,
      upstreamCode: 1000,
    });
  });

  it.each(mutationNames)('%s for a reason that nobody knew of passes the reason on', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, answering(4711, 'The moon is full'));

    expect(await refusalOf(stage, name, await inputs[name]())).toEqual({
      code: 'REJECTED',
      message: 'Cloudflare refused: The moon is full',
      field: null,
      upstreamCode: 4711,
    });
  });

  it('more than one reason is more than one error', async () => {
    const stage = await aStage();
    const errors = [
      { code: 1408, message: 'Unable to parse certificate' },
      { code: 4711, message: 'The moon is full' },
    ];
    await underFault(stage, 'uploadZoneCertificate', { status: 400, body: { success: false, errors } });

    const { userErrors } = await payloadOf(
      stage,
      'uploadZoneCertificate',
      await inputs.uploadZoneCertificate(),
    );

    expect(userErrors.map(({ upstreamCode }) => upstreamCode)).toEqual([1408, 4711]);
  });

  it('an association without a certificate says what it needs', async () => {
    const stage = await aStage();
    await underFault(stage, 'updateHostnames', answering(1404, 'Certificate ID required'));

    expect(await refusalOf(stage, 'updateHostnames', changing(aChange()))).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/needs the id of a hostname certificate, a void too/),
      field: ['input', 'changes'],
      upstreamCode: 1404,
    });
  });

  it.each([
    ['nobody knows', unknownId],
    ['is being deleted', beingDeleted],
    ['is deleted', deleted],
  ])('an association with a certificate that %s says that nothing was changed', async (_, certificateId) => {
    const stage = await aStage();

    expect(
      await refusalOf(
        stage,
        'updateHostnames',
        changing(aChange(), aChange({ hostname: 'b.example.com', certificateId })),
      ),
    ).toEqual({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/no hostname certificate of this zone.*Nothing was changed/),
      field: ['input', 'changes'],
      upstreamCode: 1415,
    });
  });

  it.each([
    ['as it is', zoneCertificate],
    ['in capitals', zoneCertificate.toUpperCase()],
  ])(
    "a zone certificate's id for a hostname is explained, with the path to it: %s",
    async (_, certificateId) => {
      const stage = await aStage();

      const error = await refusalOf(
        stage,
        'updateHostnames',
        changing(aChange(), aChange({ hostname: 'b.example.com', certificateId })),
      );

      expect(error).toEqual({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(
          /is a zone-level certificate.*A hostname needs a hostname certificate: upload one with uploadHostnameCertificate.*Nothing was changed/,
        ),
        field: ['input', 'changes', '1', 'certificateId'],
        upstreamCode: 1415,
      });
      expect(await stage.sandbox.calls()).toEqual({
        ...admission,
        'hostname.update': 1,
        'zone_certificate.list': 1,
      });
    },
  );

  it("every zone certificate's id among the changes is explained", async () => {
    const stage = await aStage();
    const { userErrors } = await payloadOf(
      stage,
      'updateHostnames',
      changing(
        aChange({ hostname: 'a.example.com', certificateId: zoneCertificate }),
        aChange({ hostname: 'b.example.com' }),
        aChange({ hostname: 'c.example.com', certificateId: zoneCertificate }),
      ),
    );
    expect(userErrors.map(({ field }) => field)).toEqual([
      ['input', 'changes', '0', 'certificateId'],
      ['input', 'changes', '2', 'certificateId'],
    ]);
  });

  it('the refusal stays what it was where the certificates of the zone cannot be had', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'zone_certificate.list', action: { status: 500 } }] });

    const error = await refusalOf(
      stage,
      'updateHostnames',
      changing(aChange({ certificateId: zoneCertificate })),
    );

    expect(error).toMatchObject({ code: 'NOT_FOUND', upstreamCode: 1415, field: ['input', 'changes'] });
  });

  it('the hundred-and-first hostname of a certificate reaches the limit', async () => {
    const stage = await aStage();
    const changes = Array.from({ length: 101 }, (_, index) => aChange({ hostname: `h${index}.example.com` }));

    expect(await refusalOf(stage, 'updateHostnames', changing(...changes))).toEqual({
      code: 'LIMIT_REACHED',
      message: expect.stringContaining('limit of 100 hostnames on one certificate'),
      field: null,
      upstreamCode: 1000,
    });
  });
});

describe('What is malformed is told with its path, and not sent', () => {
  it.each(mutationNames)('%s: the zone', async (name) => {
    const stage = await aStage();
    const input = { ...(await inputs[name]()), zoneId: seededZone.toUpperCase() };

    expect(await refusalOf(stage, name, input)).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('32 lower-case hexadecimal'),
      field: ['input', 'zoneId'],
      upstreamCode: null,
    });
    await expectNothingSent(stage);
  });

  it.each(deletes)('%s: the certificate', async (name) => {
    const stage = await aStage();
    for (const id of ['', 'x', '..', `${unknownId}0`, `${hostnameCertificateInUse}/`]) {
      expect(await refusalOf(stage, name, deleting(id))).toMatchObject({
        code: 'INVALID_INPUT',
        field: ['input', 'certificateId'],
        upstreamCode: null,
      });
    }
    await expectNothingSent(stage);
  });

  it('updateHostnames: everything that is, at once', async () => {
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
    ['the same', 'a.example.com', 'a.example.com'],
    ['in capitals', 'a.example.com', 'A.Example.com'],
    ['in A-labels', 'bücher.example', 'xn--bcher-kva.example'],
  ])('updateHostnames: a hostname that is named twice, %s', async (_, hostname, again) => {
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

  it('updateHostnames: no change at all', async () => {
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

/** Uploads that are no use, the field at fault, and what is said of it. */
const useless: readonly [string, () => Promise<Input>, string, RegExp][] = [
  [
    "somebody else's key",
    async () => ({
      certificate: (await aCertificate()).certificate,
      privateKey: (await aCertificate()).privateKey,
    }),
    'privateKey',
    /does not belong to the certificate/,
  ],
  [
    "somebody else's key of another type",
    async () => ({
      certificate: (await aCertificate()).certificate,
      privateKey: (await aCertificate({ keyType: 'rsa' })).privateKey,
    }),
    'privateKey',
    /does not belong to the certificate/,
  ],
  [
    'a certificate that expired',
    () => aCertificate({ notBefore: new Date(Date.now() - 91 * day) }),
    'certificate',
    /expired on \d{4}-/,
  ],
  [
    'a certificate that is not valid yet',
    () => aCertificate({ notBefore: new Date(Date.now() + day) }),
    'certificate',
    /not valid before \d{4}-/,
  ],
  ['a certificate authority', () => aCertificate({ ca: true }), 'certificate', /CA:TRUE/],
  ['SHA-1', () => aCertificate({ keyType: 'rsa', hash: 'SHA-1' }), 'certificate', /signed with SHA-256/],
  [
    'an encrypted key',
    async () => {
      const made = await aCertificate({ keyType: 'rsa' });
      return { ...made, privateKey: encrypt(made.privateKey).pkcs8 };
    },
    'privateKey',
    /is encrypted.*Decrypt it first/,
  ],
  [
    "a key encrypted in OpenSSL's old way",
    async () => {
      const made = await aCertificate({ keyType: 'rsa' });
      return { ...made, privateKey: encrypt(made.privateKey).legacy };
    },
    'privateKey',
    /is encrypted.*Decrypt it first/,
  ],
  [
    'the key below the certificate',
    async () => {
      const made = await aCertificate();
      return { ...made, certificate: made.certificate + made.privateKey };
    },
    'certificate',
    /holds a private key/,
  ],
  [
    'a key in the place of the certificate',
    async () => {
      const made = await aCertificate();
      return { ...made, certificate: made.privateKey };
    },
    'certificate',
    /holds a private key/,
  ],
  [
    'a certificate in the place of the key',
    async () => {
      const made = await aCertificate();
      return { ...made, privateKey: made.certificate };
    },
    'privateKey',
    /holds a certificate/,
  ],
  [
    'text above the certificate',
    async () => {
      const made = await aCertificate();
      return { ...made, certificate: `subject=me\n${made.certificate}` };
    },
    'certificate',
    /text before its BEGIN line/,
  ],
  [
    'text below the key',
    async () => {
      const made = await aCertificate();
      return { ...made, privateKey: `${made.privateKey}garbage` };
    },
    'privateKey',
    /text after its END line/,
  ],
  [
    'a byte order mark',
    async () => {
      const made = await aCertificate();
      return { ...made, certificate: `\uFEFF${made.certificate}` };
    },
    'certificate',
    /byte order mark/,
  ],
  [
    'a chain',
    async () => {
      const made = await aCertificate();
      return { ...made, certificate: made.certificate + (await aCertificate()).certificate };
    },
    'certificate',
    /without a chain/,
  ],
  [
    'a certificate cut off',
    async () => {
      const made = await aCertificate();
      return { ...made, certificate: made.certificate.slice(0, -30) };
    },
    'certificate',
    /cut off/,
  ],
  ['no key', async () => ({ ...(await aCertificate()), privateKey: '' }), 'privateKey', /is empty/],
  [
    'line breaks that were escaped twice',
    async () => {
      const made = await aCertificate();
      return { ...made, privateKey: made.privateKey.replaceAll('\n', '\\n') };
    },
    'privateKey',
    /escaped twice/,
  ],
];

describe('An upload is checked before it is sent', () => {
  describe.each(uploads)('by %s', (name) => {
    it.each(useless)('%s', async (_, make, field, message) => {
      const stage = await aStage();
      const { certificate, privateKey } = await make();

      const payload = await payloadOf(stage, name, { zoneId: seededZone, certificate, privateKey });

      expect(payload.certificate).toBeNull();
      expect(payload.userErrors).toContainEqual({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(message),
        field: ['input', field],
        upstreamCode: null,
      });
      await expectNothingSent(stage);
    });

    it('RSA of 1024 bits, which is told of the certificate and of the key', async () => {
      const stage = await aStage();
      const { userErrors } = await payloadOf(
        stage,
        name,
        anUploadOf(await aCertificate({ keyType: 'rsa1024' })),
      );
      expect(userErrors).toMatchObject([
        {
          field: ['input', 'certificate'],
          message: expect.stringMatching(/1024 bits, and 2048 are the least/),
        },
        {
          field: ['input', 'privateKey'],
          message: expect.stringMatching(/1024 bits, and 2048 are the least/),
        },
      ]);
      await expectNothingSent(stage);
    });

    it('everything that is wrong, at once', async () => {
      const stage = await aStage();
      const { certificate } = await aCertificate({ ca: true, notBefore: new Date(Date.now() - 91 * day) });
      const { userErrors } = await payloadOf(stage, name, { zoneId: 'x', certificate, privateKey: '' });
      expect(userErrors.map(({ field }) => field?.join('.'))).toEqual([
        'input.zoneId',
        'input.certificate',
        'input.certificate',
        'input.privateKey',
      ]);
      await expectNothingSent(stage);
    });

    it.each([
      ['that names no use', { clientAuth: false }, ['NO_CLIENT_AUTH_USAGE']],
      ['that is for servers', { clientAuth: false, serverAuth: true }, ['NO_CLIENT_AUTH_USAGE']],
      [
        'whose key may not sign',
        { keyUsages: KeyUsageFlags.keyEncipherment, keyType: 'rsa' as const },
        ['NO_SIGNING_USAGE'],
      ],
      ['that is for servers by Netscape', { netscapeType: 0x40 }, ['NO_CLIENT_AUTH_USAGE']],
      ['that expires in ten days', { notAfter: new Date(Date.now() + 10 * day) }, ['EXPIRES_SOON']],
      ['that is valid for two years', { notAfter: new Date(Date.now() + 730 * day) }, ['LONG_LIVED']],
      [
        'that is odd in every way',
        {
          clientAuth: false,
          notBefore: new Date(Date.now() - 400 * day),
          notAfter: new Date(Date.now() + day),
        },
        ['NO_CLIENT_AUTH_USAGE', 'EXPIRES_SOON', 'LONG_LIVED'],
      ],
    ])('and is made, with a warning, for a certificate %s', async (_, options, codes) => {
      const stage = await aStage();
      const uploaded = await aCertificate(options);

      const payload = await payloadOf(stage, name, anUploadOf(uploaded));

      expect(payload.userErrors).toEqual([]);
      expect(payload.certificate?.['fingerprintSha256']).toBe(uploaded.fingerprintSha256);
      expect(payload.warnings?.map(({ code }) => code)).toEqual(codes);
      expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
    });
  });
});

describe('Before a change Cloudflare has accepted the credential for a read of the zone', () => {
  it.each(mutationNames)('%s asks for that once, and for the next change not again', async (name) => {
    const stage = await aStage();
    await payloadOf(stage, name, await inputs[name]());
    await payloadOf(stage, 'updateZoneSettings', inputs.updateZoneSettings() as Input);

    const calls = await stage.sandbox.calls();
    expect(calls).toMatchObject({ ...admission, [operationOf[name]]: expect.any(Number) });
    expect(stage.recorder.exchanges.map(({ method }) => method === 'GET')).toEqual([true, false, false]);
  });

  it('a read that went before is enough', async () => {
    const stage = await aStage();
    await ask(stage.gateway, `{ zone(id: "${seededZone}") { certificates { id } } }`);
    await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled: false });
    expect(await stage.sandbox.calls()).toEqual({ 'zone_certificate.list': 1, 'settings.update': 1 });
  });

  it('not one of another zone, nor with another credential', async () => {
    const stage = await aStage();
    await ask(stage.gateway, `{ zone(id: "${emptyZone}") { certificates { id } } }`);
    const other = { authorization: 'Bearer sandbox-token-read-write-abc' };
    await ask(stage.gateway, `{ zone(id: "${seededZone}") { certificates { id } } }`, {}, other);
    await payloadOf(stage, 'updateZoneSettings', { zoneId: seededZone, enabled: false });
    expect(await stage.sandbox.calls()).toMatchObject({ ...admission, 'settings.update': 1 });
  });

  it.each(mutationNames)(
    '%s with a token that nobody knows is refused by that, and not sent',
    async (name) => {
      const stage = await aStage();
      const stranger = { authorization: 'Bearer made-up' };
      const { status, data, errors } = await mutate(stage.gateway, name, await inputs[name](), stranger);

      expect({ status, data }).toEqual({ status: 200, data: null });
      expect(errors).toMatchObject([{ path: [name], extensions: { code: expect.any(String) } }]);
      expect(['FORBIDDEN', 'UNAUTHENTICATED']).toContain(errors[0]?.extensions.code);
      expect(await stage.sandbox.calls()).toEqual(admission);
    },
  );

  it.each([
    ['fails', { status: 500 }, { code: 'UPSTREAM_FAILED', upstreamStatus: 500 }],
    ['limits the rate', { status: 429 }, { code: 'RATE_LIMITED', upstreamStatus: 429 }],
    ['hangs up', { drop: 'before' }, { code: 'UPSTREAM_UNREACHABLE' }],
    ['answers a page of HTML', { status: 502, text: '<html>' }, { code: 'UPSTREAM_FAILED' }],
  ] as const)(
    'where Cloudflare %s instead, nothing is sent, and it says so',
    async (_, action, extensions) => {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action }] });

      const { data, errors } = await mutate(stage.gateway, 'updateZoneSettings', {
        zoneId: seededZone,
        enabled: false,
      });

      expect(data).toBeNull();
      expect(errors).toMatchObject([{ path: ['updateZoneSettings'], extensions }]);
      // A read may be tried again; the change it stands before is not even tried.
      expect(Object.keys(await stage.sandbox.calls())).toEqual(['settings.get']);
    },
  );
});

describe("What is nobody's input is an error of the operation", () => {
  it.each(mutationNames)('%s with a token that may only read is FORBIDDEN', async (name) => {
    const stage = await aStage();
    const readOnly = { authorization: `Bearer sandbox-token-read-only-${name.toLowerCase()}` };
    const { status, data, errors } = await mutate(stage.gateway, name, await inputs[name](), readOnly);

    expect({ status, data }).toEqual({ status: 200, data: null });
    expect(errors).toMatchObject([
      { path: [name], extensions: { code: 'FORBIDDEN', upstreamStatus: 403, upstreamCodes: [10000] } },
    ]);
    expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
  });

  it.each(mutationNames)('%s without credentials is UNAUTHENTICATED, and nothing is sent', async (name) => {
    const stage = await aStage();
    const { data, errors } = await mutate(stage.gateway, name, await inputs[name](), {});

    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: [name], extensions: { code: 'UNAUTHENTICATED' } }]);
    await expectNothingSent(stage);
  });

  it.each(mutationNames)('%s that Cloudflare fails at is UPSTREAM_FAILED', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, { status: 500 });
    const { data, errors, headers } = await mutate(stage.gateway, name, await inputs[name]());

    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        path: [name],
        extensions: {
          code: 'UPSTREAM_FAILED',
          upstreamStatus: 500,
          upstreamCodes: [1000],
          requestId: headers['x-request-id'],
        },
      },
    ]);
  });

  it.each(mutationNames)(
    '%s that may have been made is OUTCOME_UNKNOWN, and names its operation',
    async (name) => {
      const stage = await aStage();
      await underFault(stage, name, { drop: 'after' });
      const { data, errors } = await mutate(stage.gateway, name, await inputs[name]());

      expect(data).toBeNull();
      expect(errors).toMatchObject([
        {
          path: [name],
          message: expect.stringMatching(
            /Look at the zone before sending it again\. Operation [0-9a-f]{8}-[0-9a-f-]{27}\.$/,
          ),
          extensions: { code: 'OUTCOME_UNKNOWN', requestId: expect.any(String) },
        },
      ]);
      expect(await stage.sandbox.calls()).toEqual({ ...admission, [operationOf[name]]: 1 });
    },
  );

  it.each(mutationNames)('%s beyond the rate limit is RATE_LIMITED', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, { status: 429, headers: { 'retry-after': '30' } });
    const { data, errors } = await mutate(stage.gateway, name, await inputs[name]());

    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: [name], extensions: { code: 'RATE_LIMITED', upstreamStatus: 429 } },
    ]);
  });

  it('a refusal without a reason is one too', async () => {
    const stage = await aStage();
    await underFault(stage, 'updateZoneSettings', { status: 400, body: { success: false } });
    const { errors } = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: true,
    });
    expect(errors).toMatchObject([
      { extensions: { code: 'REJECTED', upstreamStatus: 400, upstreamCodes: [] } },
    ]);
  });

  it.each(mutationNames)(
    '%s that Cloudflare answers with nothing of use is never an error of the gateway',
    async (name) => {
      const stage = await aStage();
      await underFault(stage, name, { status: 200, body: { success: true, result: null } });
      const { status, errors, payload } = await mutate(stage.gateway, name, await inputs[name]());

      expect(status).toBe(200);
      expect(errors.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
      expect(payload?.userErrors ?? []).toEqual([]);
    },
  );
});
