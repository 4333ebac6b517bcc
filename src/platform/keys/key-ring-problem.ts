import { auditAddressOf } from '../config/audit-url.js';
import { loadKeyRing } from './key-ring.js';
import { readKeyFile } from './key-file.js';
import { type Settings, SettingsError } from '../config/settings.js';

type Sharing = Partial<Pick<Settings, 'REDIS_URL' | 'AUDIT_URL'>>;

/** Replicas that share Redis or PostgreSQL need the same ring, so it is not created at the start of one of them. */
export function mayCreateKeyRing({ REDIS_URL, AUDIT_URL }: Sharing): boolean {
  return !REDIS_URL && (!AUDIT_URL || auditAddressOf(AUDIT_URL.reveal())?.kind === 'sqlite');
}

/** The problem of the key ring, as far as it shows without creating the file; null if it has none. */
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
