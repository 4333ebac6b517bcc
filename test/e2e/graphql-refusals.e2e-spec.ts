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
