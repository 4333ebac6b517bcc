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

/** Invalid uploads, the field with the error, and its message. */
const invalidUploads: readonly [string, () => Promise<Input>, string, RegExp][] = [
  [
    'a key of another certificate',
    async () => ({
      certificate: (await aCertificate()).certificate,
      privateKey: (await aCertificate()).privateKey,
    }),
    'privateKey',
    /does not belong to the certificate/,
  ],
  [
    'a key of another type',
    async () => ({
      certificate: (await aCertificate()).certificate,
      privateKey: (await aCertificate({ keyType: 'rsa' })).privateKey,
    }),
    'privateKey',
    /does not belong to the certificate/,
  ],
  [
    'an expired certificate',
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
  ['the certificate of a CA', () => aCertificate({ ca: true }), 'certificate', /CA:TRUE/],
  [
    'a certificate signed with SHA-1',
    () => aCertificate({ keyType: 'rsa', hash: 'SHA-1' }),
    'certificate',
    /signed with SHA-256/,
  ],
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
    'a key in the encrypted legacy format of OpenSSL',
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
    'text above the key',
    async () => {
      const made = await aCertificate();
      return { ...made, privateKey: `Bag Attributes\n${made.privateKey}` };
    },
    'privateKey',
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
      return { ...made, privateKey: `\uFEFF${made.privateKey}` };
    },
    'privateKey',
    /byte order mark/,
  ],
  [
    'the key in text around the certificate',
    async () => {
      const made = await aCertificate();
      return {
        ...made,
        certificate: `Bag Attributes\n${made.certificate}Key Attributes\n${made.privateKey}`,
      };
    },
    'certificate',
    /holds a private key/,
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
    'a certificate that is cut off',
    async () => {
      const made = await aCertificate();
      return { ...made, certificate: made.certificate.slice(0, -30) };
    },
    'certificate',
    /cut off/,
  ],
  ['an empty key', async () => ({ ...(await aCertificate()), privateKey: '' }), 'privateKey', /is empty/],
  [
    'a key with line breaks that are escaped twice',
    async () => {
      const made = await aCertificate();
      return { ...made, privateKey: made.privateKey.replaceAll('\n', '\\n') };
    },
    'privateKey',
    /escaped twice/,
  ],
];

describe('Checks before an upload', () => {
  describe.each(uploads)('%s', (name) => {
    it.each(invalidUploads)(`${name} refuses %s before it is sent`, async (_, make, field, message) => {
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

    it(`${name} sends the block alone of a certificate with text around it`, async () => {
      const stage = await aStage();
      const made = await aCertificate();
      const certificate = `\uFEFFBag Attributes\r\n    localKeyID: 01\r\n${made.certificate}subject=me\r\n`;

      const payload = await payloadOf(stage, name, anUploadOf({ ...made, certificate }));

      expect(payload.userErrors).toEqual([]);
      expect(payload.certificate?.['certificate']).toBe(made.certificate);
      const sent = stage.recorder.exchanges.findLast(({ method }) => method === 'POST');
      expect(JSON.parse(String(sent?.body))).toEqual({
        certificate: made.certificate,
        private_key: made.privateKey,
      });
    });

    it(`${name} refuses RSA of 1024 bits in the certificate and in the key`, async () => {
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

    it(`${name} answers with all errors at once`, async () => {
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
      ['without an extended key usage', { clientAuth: false }, ['NO_CLIENT_AUTH_USAGE']],
      ['for servers', { clientAuth: false, serverAuth: true }, ['NO_CLIENT_AUTH_USAGE']],
      [
        'with a key usage without signatures',
        { keyUsages: KeyUsageFlags.keyEncipherment, keyType: 'rsa' as const },
        ['NO_SIGNING_USAGE'],
      ],
      ['with the Netscape type of a server', { netscapeType: 0x40 }, ['NO_CLIENT_AUTH_USAGE']],
      ['that expires in ten days', { notAfter: new Date(Date.now() + 10 * day) }, ['EXPIRES_SOON']],
      ['that is valid for two years', { notAfter: new Date(Date.now() + 730 * day) }, ['LONG_LIVED']],
      [
        'with three oddities',
        {
          clientAuth: false,
          notBefore: new Date(Date.now() - 400 * day),
          notAfter: new Date(Date.now() + day),
        },
        ['NO_CLIENT_AUTH_USAGE', 'EXPIRES_SOON', 'LONG_LIVED'],
      ],
    ])(`${name} accepts a certificate %s, with a warning`, async (_, options, codes) => {
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
