import { access, constants } from 'node:fs/promises';
import { mayInstall } from './apt.js';

interface Program {
  readonly find: () => Promise<string | undefined>;
  readonly install: () => Promise<void>;
  /** What to install by hand. */
  readonly advice: string;
  /** What was installed in vain. */
  readonly missing: string;
}

/**
 * The path of a program. Installs Debian's where there is none and it may.
 *
 * @throws Error that says what to install.
 */
export async function foundOrInstalled({ find, install, advice, missing }: Program): Promise<string> {
  const known = await find();
  if (known) return known;
  if (!mayInstall()) throw new Error(advice);
  await install();
  const installed = await find();
  if (!installed) throw new Error(missing);
  return installed;
}

export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
