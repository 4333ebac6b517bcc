import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anMlDsaCertificate } from '../support/certificates/certificate-der.js';
import { fingerprintOf } from '../../src/domain/x509/fingerprint.js';
import { mutate } from '../support/graphql/graphql.js';
import { pathOf, seededZone } from '../support/http/requests.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { startStage } from '../support/gateway/stage.js';

const uploads = ['uploadZoneCertificate', 'uploadHostnameCertificate'] as const;
const paths = { uploadZoneCertificate: '', uploadHostnameCertificate: '/hostnames/certificates' };
const parameterSets = ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const;

describe.each(uploads)('ML-DSA certificates with %s', (name) => {
  it.each(parameterSets)('An %s certificate is uploaded over GraphQL and over REST', async (parameterSet) => {
    await using stage = await startStage();
    const { certificate, privateKey } = anMlDsaCertificate(parameterSet);
    const { payload, errors } = await mutate(stage.gateway, name, {
      zoneId: seededZone,
      certificate,
      privateKey,
    });
    expect(errors).toEqual([]);
    expect(payload).toMatchObject({ userErrors: [], warnings: [] });
    expect(payload?.certificate).toMatchObject({
      certificate,
      signature: parameterSet.toUpperCase(),
      fingerprintSha256: fingerprintOf(certificate),
    });

    const other = anMlDsaCertificate(parameterSet);
    const body = { certificate: other.certificate, private_key: other.privateKey };
    expect((await stage.ask('POST', pathOf(paths[name]), { body })).status).toBe(200);
  });

  it('An ML-DSA key in another format than seed-only is refused before it is sent', async () => {
    await using stage = await startStage();
    const { certificate, withSeed, expanded } = anMlDsaCertificate();
    for (const privateKey of [withSeed, expanded]) {
      const input = { zoneId: seededZone, certificate, privateKey };
      const { payload } = await mutate(stage.gateway, name, input);
      expect(payload?.userErrors).toEqual([
        {
          code: 'INVALID_INPUT',
          message: expect.stringContaining('-provparam ml-dsa.output_formats=seed-only'),
          field: ['input', 'privateKey'],
          upstreamCode: null,
        },
      ]);
    }
    expect(stage.recorder.exchanges).toEqual([]);
  });
});

describe('Certificates of common openssl commands', () => {
  let folder: string;
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  beforeAll(() => {
    folder = scratchFolder('made');
    const commands = [
      'openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 365 -subj /CN=cloudflare-origin-pull',
      'openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit -out explicit.key',
      'openssl req -new -x509 -key explicit.key -out explicit.crt -days 360 -subj /CN=aop -addext basicConstraints=CA:FALSE -addext extendedKeyUsage=clientAuth',
      'openssl req -x509 -newkey rsa:2048 -nodes -keyout usage.key -out usage.crt -days 90 -subj /CN=aop -addext basicConstraints=CA:FALSE -addext extendedKeyUsage=clientAuth -addext keyUsage=critical,keyEncipherment',
      'openssl req -x509 -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.crt -days 90 -subj "/O=Private Key AG/CN=aop" -addext basicConstraints=CA:FALSE -addext extendedKeyUsage=clientAuth',
      'openssl pkcs12 -export -inkey leaf.key -in leaf.crt -name "the private key" -passout pass: -out leaf.p12',
      'openssl pkcs12 -in leaf.p12 -passin pass: -clcerts -nokeys -out bag.pem',
      'openssl pkcs12 -in leaf.p12 -passin pass: -nodes -out both.pem',
      'openssl x509 -in leaf.crt -text -out text.pem',
    ];
    execFileSync('sh', ['-ec', commands.join('\n')], { cwd: folder, stdio: 'ignore' });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('GraphQL refuses CA:TRUE and names the option to add; Cloudflare refuses it over REST', async () => {
    await using stage = await startStage();
    const [certificate, privateKey] = [read('ca.crt'), read('ca.key')];
    const input = { zoneId: seededZone, certificate, privateKey };
    const { payload } = await mutate(stage.gateway, 'uploadZoneCertificate', input);
    expect(payload?.userErrors).toMatchObject([
      { field: ['input', 'certificate'], message: expect.stringContaining('-addext basicConstraints=') },
    ]);

    const body = { certificate, private_key: privateKey };
    const { status, body: answer } = await stage.ask('POST', pathOf(''), { body });
    expect([status, JSON.parse(answer.toString())]).toEqual([
      400,
      {
        success: false,
        errors: [{ code: 1412, message: 'Only leaf certificate is allowed.' }],
        messages: [],
      },
    ]);
  });

  it('Explicit curve parameters are refused in both fields', async () => {
    await using stage = await startStage();
    const input = { zoneId: seededZone, certificate: read('explicit.crt'), privateKey: read('explicit.key') };
    const { payload } = await mutate(stage.gateway, 'uploadHostnameCertificate', input);
    expect(payload?.userErrors).toMatchObject([
      {
        field: ['input', 'certificate'],
        message: expect.stringMatching(/spelt out.*-param_enc named_curve/),
      },
      { field: ['input', 'privateKey'], message: expect.stringMatching(/spelt out.*-param_enc named_curve/) },
    ]);
  });

  it('A certificate without digitalSignature is uploaded with a warning', async () => {
    await using stage = await startStage();
    const input = { zoneId: seededZone, certificate: read('usage.crt'), privateKey: read('usage.key') };
    const { payload } = await mutate(stage.gateway, 'uploadZoneCertificate', input);
    expect(payload).toMatchObject({
      certificate: { status: 'ACTIVE' },
      userErrors: [],
      warnings: [{ code: 'NO_SIGNING_USAGE', message: expect.stringContaining('digitalSignature') }],
    });
  });

  it.each([
    ['openssl pkcs12 -clcerts -nokeys', 'bag.pem', /^Bag Attributes/],
    ['openssl x509 -text', 'text.pem', /^Certificate:/],
  ])('The output of %s is uploaded over GraphQL and over REST', async (_command, name, text) => {
    const [certificate, privateKey] = [read(name), read('leaf.key')];
    expect(certificate).toMatch(text);
    const leaf = read('leaf.crt');
    await using stage = await startStage();
    const input = { zoneId: seededZone, certificate, privateKey };
    const { payload } = await mutate(stage.gateway, 'uploadHostnameCertificate', input);
    expect(payload).toMatchObject({ userErrors: [], certificate: { certificate: leaf } });
    const sent = stage.recorder.exchanges.findLast(({ method }) => method === 'POST');
    expect(JSON.parse(String(sent?.body))).toEqual({ certificate: leaf, private_key: privateKey });

    const body = { certificate, private_key: privateKey };
    const reply = await stage.ask('POST', pathOf(''), { body });
    expect([reply.status, JSON.parse(reply.body.toString())]).toMatchObject([
      200,
      { result: { certificate: leaf } },
    ]);
  });

  it('The output of openssl pkcs12 with the key in it is refused over GraphQL and over REST', async () => {
    await using stage = await startStage();
    const [certificate, privateKey] = [read('both.pem'), read('leaf.key')];
    const input = { zoneId: seededZone, certificate, privateKey };
    const { payload } = await mutate(stage.gateway, 'uploadHostnameCertificate', input);
    expect(payload?.userErrors).toMatchObject([
      { field: ['input', 'certificate'], message: expect.stringContaining('Send the certificate alone') },
    ]);
    const body = { certificate, private_key: privateKey };
    const reply = await stage.ask('POST', pathOf(''), { body });
    expect([reply.status, JSON.parse(reply.body.toString())]).toMatchObject([
      400,
      { errors: [{ code: 99001, message: expect.stringContaining('Send the certificate alone') }] },
    ]);
    expect(stage.recorder.exchanges.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});
