/** The claims of a token: the members of its payload (RFC 7519 §4). */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * The value of a claim; undefined if the token does not have it.
 *
 * @param name of a claim, or a JSON Pointer (RFC 6901) to a value inside one, such as `/kubernetes.io/namespace`
 */
export function claimIn(claims: Claims, name: string): unknown {
  return name.startsWith('/') ? valueAt(claims, name) : memberOf(claims, name);
}

/** Whether a claim is one of the values, or a list with one of them. */
export function isOneOf(claim: unknown, values: readonly unknown[]): boolean {
  return Array.isArray(claim) ? claim.some((each) => values.includes(each)) : values.includes(claim);
}

function valueAt(claims: Claims, pointer: string): unknown {
  const members = pointer.slice(1).split('/');
  return members.reduce<unknown>(
    (value, member) => memberOf(value, member.replaceAll('~1', '/').replaceAll('~0', '~')),
    claims,
  );
}

/** Own members alone: a claim must not be found in the prototype of an object. */
function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && Object.hasOwn(value, name) ? (value as Claims)[name] : undefined;
}
