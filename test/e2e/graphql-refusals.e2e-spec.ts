import { describe, expect, it } from '@jest/globals';
import { aCertificate } from '../support/certificates/certificates.js';
import { admission } from '../support/graphql/graphql.js';
import { emptyZone, hostnameCertificateInUse, zoneCertificate } from '../support/http/requests.js';
import { sharedStage, startStage } from '../support/gateway/stage.js';
import {
  unknownId,
  uploads,
  anUploadOf,
  aChange,
  changing,
  deleting,
  inputs,
  mutationNames,
  payloadOf,
  refusalOf,
  type Action,
  underFault,
} from '../support/graphql/mutations.js';

const aStage = sharedStage();
const beingDeleted = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff62';
const deleted = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff63';

function answering(code: number, message: string, status = 400): Action {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

describe('User errors of mutations', () => {
  it.each(uploads)('%s of an existing certificate answers CONFLICT', async (name) => {
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

  it.each(uploads)('%s of a certificate that Cloudflare cannot parse says what to send', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, answering(1408, 'Unable to parse certificate'));

    expect(await refusalOf(stage, name, await inputs[name]())).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/Send one leaf certificate, PEM/),
      field: ['input', 'certificate'],
      upstreamCode: 1408,
    });
  });

  it.each(uploads)('%s of a certificate that is not a leaf says how to make one', async (name) => {
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

  it('The eleventh hostname certificate of a zone answers LIMIT_REACHED', async () => {
    const stage = await aStage();
    const certificates = await Promise.all(Array.from({ length: 11 }, () => aCertificate()));
    const last = certificates.pop();
    for (const each of certificates) {
      const { userErrors } = await payloadOf(stage, 'uploadHostnameCertificate', anUploadOf(each, emptyZone));
      expect(userErrors).toEqual([]);
    }
    if (!last) throw new Error('There is no eleventh certificate.');

    expect(await refusalOf(stage, 'uploadHostnameCertificate', anUploadOf(last, emptyZone))).toEqual({
      code: 'LIMIT_REACHED',
      message: expect.stringContaining('limit of 10 hostname certificates'),
      field: null,
      upstreamCode: 1000,
    });
  });

  it('The deletion of a certificate in use names its hostnames, and says what to do', async () => {
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

  it('A certificate is deleted after its associations are voided', async () => {
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

  it('The deletion of a certificate in use answers CONFLICT if its hostnames cannot be read', async () => {
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
      'a zone certificate',
      zoneCertificate,
      'NOT_FOUND',
      1551,
      /no such hostname certificate/,
    ],
    [
      'deleteZoneCertificate',
      'a hostname certificate',
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
  ] as const)(
    '%s of a certificate that is %s answers with its own code and message',
    async (name, _, id, code, upstreamCode, message) => {
      const stage = await aStage();
      expect(await refusalOf(stage, name, deleting(id))).toEqual({
        code,
        message: expect.stringMatching(message),
        field: ['input', 'certificateId'],
        upstreamCode,
      });
    },
  );

  it('deleteZoneCertificate of a deleted certificate passes on the message of Cloudflare', async () => {
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
  ] as const)('%s of a certificate in deployment says when to delete it', async (name, upload) => {
    await using stage = await startStage({ deployMs: 60_000 });
    const { certificate } = await payloadOf(stage, upload, anUploadOf(await aCertificate()));

    expect(await refusalOf(stage, name, deleting(String(certificate?.['id'])))).toEqual({
      code: 'CONFLICT',
      message: expect.stringMatching(/still being deployed\. Delete it when its status is ACTIVE/),
      field: ['input', 'certificateId'],
      upstreamCode: 1434,
    });
  });

  it.each(mutationNames)('%s during another change answers CONFLICT, and says to try again', async (name) => {
    const stage = await aStage();
    await underFault(stage, name, { status: 409 });

    expect(await refusalOf(stage, name, await inputs[name]())).toEqual({
      code: 'CONFLICT',
      message: expect.stringMatching(/Another change was under way .* try again/),
      field: null,
      upstreamCode: 1000,
    });
  });

  it.each(mutationNames)(
    '%s that Cloudflare refuses with an unknown code passes on code and message',
    async (name) => {
      const stage = await aStage();
      await underFault(stage, name, answering(4711, 'The moon is full'));

      expect(await refusalOf(stage, name, await inputs[name]())).toEqual({
        code: 'REJECTED',
        message: 'Cloudflare refused: The moon is full',
        field: null,
        upstreamCode: 4711,
      });
    },
  );

  it('Two errors of Cloudflare are two user errors', async () => {
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

  it('An association without a certificate says that it needs a certificate id', async () => {
    const stage = await aStage();
    await underFault(stage, 'updateHostnames', answering(1404, 'Certificate ID required'));

    expect(await refusalOf(stage, 'updateHostnames', changing(aChange()))).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/needs the id of a hostname certificate/),
      field: ['input', 'changes'],
      upstreamCode: 1404,
    });
  });

  it.each([
    ['is unknown', unknownId],
    ['is being deleted', beingDeleted],
    ['is deleted', deleted],
  ])('An association with a certificate that %s says that nothing was changed', async (_, certificateId) => {
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
    ['in small letters', zoneCertificate],
    ['in capitals', zoneCertificate.toUpperCase()],
  ])(
    'An association with the id of a zone certificate, %s, names the path to the id',
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

  it('Each change with the id of a zone certificate has its own user error', async () => {
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

  it('An association with a zone certificate answers NOT_FOUND if the list cannot be read', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'zone_certificate.list', action: { status: 500 } }] });

    const error = await refusalOf(
      stage,
      'updateHostnames',
      changing(aChange({ certificateId: zoneCertificate })),
    );

    expect(error).toMatchObject({ code: 'NOT_FOUND', upstreamCode: 1415, field: ['input', 'changes'] });
  });

  it('The 101st hostname of a certificate answers LIMIT_REACHED', async () => {
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
