/**
 * Whether a JSON text may hold a member named `private_key`, at any depth, escaped or repeated. A text that holds one
 * always matches; one that does not is passed on as received, and hardly ever matches.
 */
export function mayHoldPrivateKey(json: string): boolean {
  const plain = json.includes('\\u00')
    ? json.replace(/\\u00([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : json;
  return /"private_key"\s*:/i.test(plain) || /-----BEGIN [A-Z ]*PRIVATE KEY/.test(plain);
}

/** The same value without its `private_key` members, and with every PEM private key in a text taken out. */
export function withoutPrivateKeys<T>(value: T): T {
  const cleaned: unknown = JSON.parse(JSON.stringify(value), (name, member: unknown) => {
    if (name.toLowerCase() === 'private_key') return undefined;
    return typeof member === 'string' && pemKey.test(member)
      ? member.replace(pemKeys, '[private key removed]')
      : member;
  });
  return cleaned as T;
}

const pemKeys = /-----BEGIN [A-Z ]*PRIVATE KEY.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs;
const pemKey = new RegExp(pemKeys.source, 's');
