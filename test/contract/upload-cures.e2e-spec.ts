import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkUpload } from '../../src/domain/x509/checks/check-upload.js';
import { anMlDsaCertificate } from '../support/certificates/certificate-der.js';
import {
  aCertificate,
  derOf,
  encrypt,
  pem,
  type TestCertificate,
} from '../support/certificates/certificates.js';
import { scratchFolder } from '../support/basics/scratch.js';

type Upload = { certificate: string; privateKey: string };
type Field = keyof Upload;

let folder: string;
beforeEach(() => {
  folder = scratchFolder('cures');
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (command: string, input?: string) =>
  execFileSync('sh', ['-c', command], { cwd: folder, input, stdio: ['pipe', 'pipe', 'ignore'] });
const problemsOf = ({ certificate, privateKey }: Upload) =>
  checkUpload({ certificate, privateKey, now: new Date() }).problems;

/** The command in the only refusal of this upload. */
function cureOf(upload: Upload, field: Field): string {
  const problems = problemsOf(upload);
  expect(problems.map((problem) => problem.field)).toEqual([field]);
  const command = /(?:openssl|ssh-keygen) .*?(?=\. | \(|$)/.exec(problems[0]?.message ?? '')?.[0];
  if (command === undefined) throw new Error(`There is no command: ${problems[0]?.message}`);
  return command;
}

/** Runs the command of the refusal, and returns the changed upload. */
function cured(
  upload: Upload,
  field: Field,
  { more = '', file = upload[field] }: { more?: string; file?: string | Buffer } = {},
) {
  const command = cureOf(upload, field);
  const [, input = ''] = /-(?:in|f) (\S+)/.exec(command) ?? [];
  const [, output = command.startsWith('ssh-keygen') ? input : ''] = /-out (\S+)/.exec(command) ?? [];
  writeFileSync(join(folder, input), file, { mode: 0o600 });
  const printed = run(`${command}${more}`);
  const made = output === '' ? printed : readFileSync(join(folder, output));
  return { ...upload, [field]: made.toString() };
}

const openssl = (command: string, input: string | Buffer) =>
  spawnSync('openssl', command.split(' '), { cwd: folder, input }).stdout;
const hasMlDsa =
  spawnSync('openssl', ['genpkey', '-algorithm', 'ML-DSA-44', '-out', '/dev/null']).status === 0;

describe('Commands that refusals of uploads name', () => {
  const pairOf = async (keyType: 'ec' | 'rsa'): Promise<TestCertificate> => aCertificate({ keyType });

  it.each(['ec', 'rsa'] as const)('The command decrypts an %s key that has a passphrase', async (keyType) => {
    const pair = await pairOf(keyType);
    for (const privateKey of Object.values(encrypt(pair.privateKey))) {
      const upload = cured({ ...pair, privateKey }, 'privateKey', { more: " -passin 'pass:correct horse'" });
      expect(problemsOf(upload)).toEqual([]);
    }
  });

  it('The command names the curve of a P-256 key with explicit parameters, in both forms', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      paramEncoding: 'explicit',
    });
    const named = openssl(
      'ec -pubin -param_enc named_curve -outform DER',
      publicKey.export({ type: 'spki', format: 'pem' }),
    );
    const { certificate } = await aCertificate({ publicKey: named });
    for (const type of ['pkcs8', 'sec1'] as const) {
      const upload = { certificate, privateKey: privateKey.export({ type, format: 'pem' }).toString() };
      expect(problemsOf(cured(upload, 'privateKey'))).toEqual([]);
    }
  });

  it.each(['rsa', 'ec'] as const)('The command makes PEM of base64-encoded DER: %s', async (keyType) => {
    const pair = await pairOf(keyType);
    const base64 = (text: string) =>
      `${derOf(text)
        .toString('base64')
        .match(/.{1,64}/g)
        ?.join('\n')}\n`;
    for (const field of ['certificate', 'privateKey'] as const) {
      const text = base64(pair[field]);
      const upload = cured({ ...pair, [field]: text }, field, { file: run('base64 -d', text) });
      expect(problemsOf(upload)).toEqual([]);
    }
  });

  it.each(['TRUSTED CERTIFICATE', 'X509 CERTIFICATE'])(
    'The command makes a CERTIFICATE of a %s',
    async (label) => {
      const pair = await pairOf('ec');
      const certificate =
        label === 'TRUSTED CERTIFICATE'
          ? openssl('x509 -trustout -addtrust clientAuth', pair.certificate).toString()
          : pem(label, derOf(pair.certificate));
      expect(certificate).toContain(label);
      expect(problemsOf(cured({ ...pair, certificate }, 'certificate'))).toEqual([]);
    },
  );

  it('The command takes the certificate and key of a PKCS #12 file, with any label', async () => {
    const pair = await pairOf('rsa');
    writeFileSync(join(folder, 'pair.pem'), pair.certificate + pair.privateKey);
    const file = openssl('pkcs12 -export -in pair.pem -passout pass:', '');
    for (const text of [file.toString('base64'), pem('CERTIFICATE', file), pem('PRIVATE KEY', file)]) {
      for (const field of ['certificate', 'privateKey'] as const) {
        if (text.includes(field === 'certificate' ? 'PRIVATE KEY' : 'CERTIFICATE')) continue;
        const given = { ...pair, [field]: text };
        const command = cureOf(given, field).replace('bundle.p12', 'bundle.p12 -passin pass:');
        writeFileSync(join(folder, 'bundle.p12'), file);
        run(command);
        const made = readFileSync(join(folder, field === 'certificate' ? 'certificate.pem' : 'key.pem'));
        expect(problemsOf({ ...pair, [field]: made.toString() })).toEqual([]);
      }
    }
  });

  it('The command prints the certificates of a PKCS #7 bundle, with the leaf', async () => {
    const pair = await pairOf('rsa');
    const root = await aCertificate({ ca: true, subject: 'CN=root' });
    writeFileSync(join(folder, 'root.pem'), root.certificate);
    writeFileSync(join(folder, 'leaf.pem'), pair.certificate);
    const bundle = openssl('crl2pkcs7 -nocrl -certfile root.pem -certfile leaf.pem', '').toString();
    const { certificate } = cured({ ...pair, certificate: bundle }, 'certificate');
    const blocks = certificate.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----\n/g) ?? [];
    const leaf = blocks.find((block) => !new X509Certificate(block).ca) ?? '';
    expect(problemsOf({ ...pair, certificate: leaf })).toEqual([]);

    const binary = pem('CERTIFICATE', derOf(bundle));
    expect(cureOf({ ...pair, certificate: binary }, 'certificate')).toContain('openssl pkcs7');
  });

  it('The command converts RSA and EC keys of OpenSSH, with or without a passphrase', async () => {
    const { certificate } = await aCertificate();
    for (const [type, passphrase] of [
      ['rsa', ''],
      ['ecdsa', ''],
      ['ecdsa', 'correct horse'],
    ] as const) {
      run(`rm -f ssh*; ssh-keygen -q -t ${type} -N '${passphrase}' -f ssh`);
      const privateKey = readFileSync(join(folder, 'ssh'), 'utf8');
      const { privateKey: made } = cured({ certificate, privateKey }, 'privateKey', {
        more: ` -P '${passphrase}'`,
      });
      expect(createPrivateKey(made).asymmetricKeyType).toBe(type === 'rsa' ? 'rsa' : 'ec');
    }
  });

  it('The options that a refusal names make a self-signed certificate that is not a CA', () => {
    const make =
      'openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=pull -days 90 -keyout key.pem -out leaf.pem';
    const made = () => ({
      certificate: readFileSync(join(folder, 'leaf.pem'), 'utf8'),
      privateKey: readFileSync(join(folder, 'key.pem'), 'utf8'),
    });
    run(make);
    const [problem] = problemsOf(made());
    const [options] = /-addext .*/.exec(problem?.message ?? '') ?? ['no options'];
    run(`${make} ${options}`);
    expect(problemsOf(made())).toEqual([]);
  });

  (hasMlDsa ? it : it.skip)(
    'The command makes a seed or a new key of an ML-DSA key that is not its seed alone',
    () => {
      const { certificate, withSeed, bareSeed, expanded } = anMlDsaCertificate();
      for (const privateKey of [withSeed, bareSeed]) {
        expect(problemsOf(cured({ certificate, privateKey }, 'privateKey'))).toEqual([]);
      }
      run(cureOf({ certificate, privateKey: expanded }, 'privateKey'));
      const anew = readFileSync(join(folder, 'key.pem'), 'utf8');
      // It is a new key, which needs a certificate of its own.
      expect(problemsOf({ certificate, privateKey: anew }).map(({ message }) => message)).toEqual([
        expect.stringContaining('does not belong'),
      ]);
    },
  );
});
