/** Whether a JSON text may hold a private key. Each text with a member `private_key`, also escaped, matches; others rarely do. */
export function mayHoldPrivateKey(json: string): boolean {
  const plain = json.includes('\\u00')
    ? json.replace(/\\u00([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : json;
  return /"private_key"\s*:/i.test(plain) || /-----BEGIN [A-Z ]*PRIVATE KEY/.test(plain);
}

/** The value without its `private_key` members and without the PEM private keys in its texts. */
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
