import { contentOfDer, insteadOf } from './contents.js';
import { readDer, readSequence, tags } from './der.js';
import { type PemExpectation, readPem } from './pem.js';
import { curveOf, integerAt, type KeyKind, keyKindOf, rsaKind } from './public-key.js';

export type KeyLabel = 'PRIVATE KEY' | 'RSA PRIVATE KEY' | 'EC PRIVATE KEY';

export interface PrivateKeyOutline {
  readonly label: KeyLabel;
  readonly der: Buffer;
  readonly kind: KeyKind;
}

const expectation: PemExpectation<KeyLabel> = {
  name: 'private key',
  labels: ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'],
  maxKibibytes: 16,
  textAround: 'refused',
};

export const unreadable =
  'The private key cannot be read: its PEM is whole, but the key that its BEGIN line promises is not what is in it. Export it again.';
const mislabelled = (label: KeyLabel) =>
  `The private key cannot be read: its BEGIN line promises another form of key than is in it. Write ${label} in its BEGIN and END lines.`;

/** The parts that are checked before OpenSSL parses the key, or the message that says why the key is refused. */
export function readPrivateKey(text: string): PrivateKeyOutline | string {
  const pem = readPem(text, expectation);
  if (/BEGIN (?:TRUSTED |X509 )?CERTIFICATE-/.test(text.slice(0, expectation.maxKibibytes * 1024))) {
    return insteadOf('private key', 'certificate');
  }
  if ('message' in pem) return pem.message;
  const { label, der } = pem;
  const content = contentOfDer(der);
  if (content !== null && content !== 'private key') return insteadOf('private key', content);
  const form = formOf(der);
  // Some versions of OpenSSL accept some forms under another label.
  if (form !== null && form !== label) return mislabelled(form);
  const kind = form && kindOf(form, der);
  return kind === null ? unreadable : { label, der, kind };
}

/** PKCS #8, PKCS #1 or SEC 1, by the tags of the first elements. */
function formOf(der: Buffer): KeyLabel | null {
  const [version, second] = readSequence(der) ?? [];
  if (version?.tag !== tags.integer) return null;
  if (second?.tag === tags.sequence) return 'PRIVATE KEY';
  if (second?.tag === tags.integer) return 'RSA PRIVATE KEY';
  return second?.tag === tags.octetString ? 'EC PRIVATE KEY' : null;
}

function kindOf(form: KeyLabel, der: Buffer): KeyKind | null {
  const elements = readSequence(der) ?? [];
  switch (form) {
    case 'RSA PRIVATE KEY':
      return rsaKind(integerAt(der, 1));
    case 'EC PRIVATE KEY': {
      const curve = elements.find(({ tag }) => tag === tags.context0);
      return { type: 'ec', curve: curveOf(curve && readDer(curve.content)?.[0]) };
    }
    case 'PRIVATE KEY': {
      const [, algorithm, key] = elements;
      if (algorithm?.tag !== tags.sequence || key?.tag !== tags.octetString) return null;
      return keyKindOf(algorithm.content, () => integerAt(key.content, 1));
    }
  }
}
