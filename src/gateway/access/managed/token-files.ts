import { dirname, resolve } from 'node:path';
import { SettingsError } from '../../../platform/config/settings.js';
import { readKeyFile } from '../../../platform/keys/key-file.js';
import { type AccessFile } from './access-file.js';

const form = /^[A-Za-z0-9._~+/-]{1,8192}=*$/;

/** A token file of an upstream. */
export interface TokenPlace {
  readonly upstream: string;
  readonly use: 'write' | 'read';
  readonly path: string;
  readonly accountId: string | undefined;
  /** What names the file in messages. */
  readonly named: string;
}

/** The token files that an access file names. A path is relative to the folder of the access file. */
export function tokenPlaces(accessFile: string, { upstream }: Pick<AccessFile, 'upstream'>): TokenPlace[] {
  const folder = dirname(resolve(accessFile));
  return upstream.flatMap(({ name, tokenFile, readTokenFile, accountId }, at): TokenPlace[] => {
    const place = (use: TokenPlace['use'], path: string, member: string): TokenPlace => ({
      upstream: name,
      use,
      path: resolve(folder, path),
      accountId,
      named: `ACCESS_FILE: upstream[${at}].${member}`,
    });
    const write = place('write', tokenFile, 'tokenFile');
    return readTokenFile === undefined ? [write] : [write, place('read', readTokenFile, 'readTokenFile')];
  });
}

/**
 * The token in a file.
 *
 * @throws SettingsError if there is none, or others may read the file
 */
export function readToken({ path, named }: TokenPlace): {
  readonly token: string;
  readonly warning: string | null;
} {
  const file = readKeyFile(path, named);
  if (!file) throw new SettingsError([`${named}: ${path} does not exist.`]);
  const token = file.text.trim();
  if (!form.test(token))
    throw new SettingsError([`${named}: ${path} must hold an API token of Cloudflare and nothing else.`]);
  return { token, warning: file.warning };
}
