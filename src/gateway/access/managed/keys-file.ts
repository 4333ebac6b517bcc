import { dirname, resolve } from 'node:path';
import { SettingsError } from '../../../platform/config/settings.js';
import { type Issuer } from './access-file.js';
import { usableSet } from './issuer-keys.js';
import { type KnownIssuer } from './jwt.js';
import { readGuardedFile } from './open-file.js';

/**
 * The public keys of an issuer that are in a file. A path is relative to the folder of the access file.
 *
 * @param at the place of the issuer in the access file
 * @throws SettingsError if the file cannot be used
 */
export async function readKeysFile(
  accessFile: string,
  { jwksFile = '' }: Issuer,
  at: number,
): Promise<Pick<KnownIssuer, 'keys'> & { readonly text: string }> {
  const named = `ACCESS_FILE: issuers[${at}].jwksFile`;
  const path = resolve(dirname(resolve(accessFile)), jwksFile);
  const text = await readGuardedFile(path, named);
  try {
    return { keys: usableSet(text), text };
  } catch {
    throw new SettingsError([`${named}: ${path} is not a JSON Web Key Set with a public key.`]);
  }
}
