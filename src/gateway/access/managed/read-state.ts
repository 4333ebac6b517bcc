import { type Issuer } from './access-file.js';
import { IssuerKeys } from './issuer-keys.js';
import { type KnownIssuer } from './jwt.js';
import { readKeysFile } from './keys-file.js';
import { readGuardedFile } from './open-file.js';
import { parseAccessFile } from './parse-access-file.js';
import { AccessState } from './state.js';
import { readToken, tokenPlaces } from './token-files.js';

/**
 * What the access file says now; `known` if it has not changed.
 *
 * @param issuerKeys by URL, to which those of new issuers are added
 * @throws SettingsError
 */
export async function readState(
  path: string,
  issuerKeys: Map<string, IssuerKeys>,
  known?: AccessState,
): Promise<AccessState> {
  const text = await readGuardedFile(path, 'ACCESS_FILE');
  const file = known?.contents[0] === text ? known.file : parseAccessFile(path, text);
  const issuers = await Promise.all(
    file.issuers.map((issuer, at) => knownIssuer(path, issuer, at, issuerKeys)),
  );
  const contents = [text, ...issuers.map((each) => each.text)];
  if (
    known &&
    contents.length === known.contents.length &&
    contents.every((each, at) => each === known.contents[at])
  )
    return known;
  // A file that is named for the first time has to be usable. Of those before, the tokens that are in use stay in use.
  const before = new Set(known && tokenPlaces(path, known.file).map((place) => place.path));
  for (const place of tokenPlaces(path, file)) if (!before.has(place.path)) readToken(place);
  return new AccessState(contents, file, issuers);
}

async function knownIssuer(
  path: string,
  issuer: Issuer,
  at: number,
  issuerKeys: Map<string, IssuerKeys>,
): Promise<KnownIssuer & { readonly text: string }> {
  const { jwks } = issuer;
  if (jwks !== undefined) {
    const keys = issuerKeys.get(jwks) ?? new IssuerKeys(new URL(jwks));
    issuerKeys.set(jwks, keys);
    return { issuer, keys: keys.find, text: '' };
  }
  return { issuer, ...(await readKeysFile(path, issuer, at)) };
}
