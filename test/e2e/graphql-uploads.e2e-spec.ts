import { describe, expect, it } from '@jest/globals';
import { aCertificate, encrypt, KeyUsageFlags } from '../support/certificates/certificates.js';
import { admission } from '../support/graphql/graphql.js';
import { seededZone } from '../support/http/requests.js';
import { sharedStage } from '../support/gateway/stage.js';
import {
  uploads,
  type Input,
  anUploadOf,
  operationOf,
  payloadOf,
  expectNothingSent,
} from '../support/graphql/mutations.js';

const aStage = sharedStage();
const day = 24 * 60 * 60 * 1000;

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
