import { beforeAll, describe, expect, it } from '@jest/globals';
import { createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { anMlDsaCertificate } from '../../../../test/support/certificates/certificate-der.js';
import {
  aCertificate,
  derOf,
  encrypt,
  pem,
  type TestCertificate,
} from '../../../../test/support/certificates/certificates.js';
import { checkUpload } from './check-upload.js';

const now = new Date();
/** A check takes about a millisecond; this is the limit that fails the test. */
const boundMs = 500;

/** A piece of a key of this length in a message fails the test. */
const windowSize = 16;

describe('checkUpload with random input', () => {
  let certificates: string[];
  let privateKeys: string[];
  beforeAll(async () => {
    const ec = await aCertificate();
    const rsa = await aCertificate({ keyType: 'rsa', ca: true });
    const ed25519 = await aCertificate({ keyType: 'ed25519' });
    certificates = [ec, rsa, ed25519].map(({ certificate }) => certificate);
    const mlDsa = anMlDsaCertificate('ml-dsa-44');
    certificates.push(mlDsa.certificate);
    privateKeys = [ec, rsa, ed25519].flatMap(formsOf);
    privateKeys.push(mlDsa.privateKey, mlDsa.withSeed, mlDsa.expanded);
  });

  const checkOf = (certificate: string, privateKey: string) => {
    const started = performance.now();
    const check = checkUpload({ certificate, privateKey, now });
    expect(performance.now() - started).toBeLessThan(boundMs);
    return check;
  };

  const expectSafeChecks = (
    texts: fc.Arbitrary<[certificate: string, privateKey: string]>,
    numRuns: number,
  ) =>
    fc.assert(
      fc.property(texts, ([certificate, privateKey]) => {
        const { problems, warnings, canonical } = checkOf(certificate, privateKey);
        expect(canonical === null).toBe(problems.length > 0);
        const messages = [...problems, ...warnings].map(({ message }) => message).join('\n');
        const keys = [privateKey, ...(/PRIVATE/i.test(certificate) ? [certificate] : [])];
        expect(keys.flatMap((key) => leaksOf(key, messages))).toEqual([]);
      }),
      { numRuns },
    );

  it('A check quotes no part of a sound key in either field', () => {
    const each = fc.constantFrom(...privateKeys, ...certificates);
    expectSafeChecks(fc.tuple(each, each), 200);
  });

  it('A check of damaged PEM throws nothing, takes less than 500 ms and quotes no key', () => {
    const damaged = (texts: string[]) => fc.constantFrom(...texts).chain(damage);
    expectSafeChecks(fc.tuple(damaged(certificates), damaged(privateKeys)), 1500);
  });

  it('A check of damaged DER throws nothing, takes less than 500 ms and quotes no key', () => {
    const damaged = (texts: string[]) => fc.constantFrom(...texts).chain(damageInside);
    expectSafeChecks(fc.tuple(damaged(certificates), damaged(privateKeys)), 1500);
  });

  it('A check of random text throws nothing and accepts nothing', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.string(), fc.string({ unit: 'binary' })).map(([label, body]) => inBlock(label, body)),
      fc.string({ unit: 'binary' }).map((body) => inBlock('PRIVATE KEY', body)),
      fc.uint8Array({ maxLength: 300 }).map((der) => pem('PRIVATE KEY', Buffer.from(der))),
      fc.uint8Array({ maxLength: 300 }).map((der) => pem('CERTIFICATE', Buffer.from(der))),
    );
    fc.assert(
      fc.property(text, text, (certificate, privateKey) => {
        expect(checkOf(certificate, privateKey).canonical).toBeNull();
      }),
      { numRuns: 1500 },
    );
  });

  it('A check of up to 1 MiB of a repeated piece takes less than 500 ms', () => {
    const pieces = [
      '\0',
      ' ',
      'A',
      '=',
      '-',
      '-----BEGIN ',
      '-----BEGIN CERTIFICATE-----',
      'PRIVATE KE',
      '0\0',
    ];
    const wrappers = [
      (junk: string) => junk,
      (junk: string) => inBlock('CERTIFICATE', junk),
      (junk: string) => inBlock('PRIVATE KEY', junk),
      (junk: string) => pem('CERTIFICATE', Buffer.from(junk)),
    ];
    for (const kibibytes of [15, 47, 63, 64, 1024]) {
      for (const piece of pieces) {
        const junk = piece.repeat((kibibytes * 1024) / piece.length);
        for (const wrap of wrappers) {
          expect(checkOf(wrap(junk), wrap(junk)).canonical).toBeNull();
        }
      }
    }
  });
});

function formsOf({ privateKey }: TestCertificate): string[] {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType === 'ed25519') return [privateKey];
  const type = key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1';
  const older = key.export({ type, format: 'pem' }).toString();
  return [privateKey, older, ...Object.values(encrypt(privateKey))];
}

/** The pieces of a key that the messages contain. */
function leaksOf(key: string, messages: string): string[] {
  const found: string[] = [];
  for (let at = 0; at + windowSize <= key.length; at++) {
    const piece = key.slice(at, at + windowSize);
    if (messages.includes(piece)) found.push(piece);
  }
  return found;
}

/** Removes, doubles or replaces a piece of the text. */
function damage(text: string): fc.Arbitrary<string> {
  const inserted = fc.oneof(
    fc.constantFrom('', '\uFEFF', '\\n', '-----', ':', '=', '\0', 'ENCRYPTED', text),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const place = fc.nat({ max: text.length });
  return fc
    .tuple(place, fc.oneof(fc.nat({ max: 3 }), place), inserted)
    .map(([at, size, piece]) => text.slice(0, at) + piece + text.slice(at + size));
}

/** Changes bytes of the DER; the PEM stays valid and the length of the DER stays the same. */
function damageInside(text: string): fc.Arbitrary<string> {
  const label = /BEGIN (.+?)-/.exec(text)?.[1] ?? '';
  const der = derOf(text);
  const change = fc.tuple(fc.nat({ max: der.length - 1 }), fc.nat({ max: 255 }));
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const changed = Buffer.from(der);
    for (const [at, byte] of changes) changed[at] = byte;
    return pem(label, changed);
  });
}

function inBlock(label: string, body: string): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}
