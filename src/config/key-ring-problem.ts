import { auditAddressOf } from './audit-url.js';
import { loadKeyRing } from './key-ring.js';
import { readKeyFile } from './key-file.js';
import { type Settings, SettingsError } from './settings.js';

type Sharing = Partial<Pick<Settings, 'REDIS_URL' | 'AUDIT_URL'>>;

/** Others need the same ring where anything is shared with them: there, it is never made in passing. */
export function mayCreateKeyRing({ REDIS_URL, AUDIT_URL }: Sharing): boolean {
  return !REDIS_URL && (!AUDIT_URL || auditAddressOf(AUDIT_URL.reveal())?.kind === 'sqlite');
}

/** What is wrong with the key ring, as far as it can be known without making it; null where nothing is. */
export function keyRingProblem(settings: Sharing & { readonly KEYS_FILE?: string }): string | null {
  const { KEYS_FILE } = settings;
  if (KEYS_FILE === undefined) return null;
  try {
    const isThere = readKeyFile(KEYS_FILE) !== null;
    if (isThere || !mayCreateKeyRing(settings)) loadKeyRing(KEYS_FILE, { mayCreate: false });
    return null;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map((problem) => problem.replace(/^KEYS_FILE: /, '')).join('\n  KEYS_FILE: ');
  }
}
