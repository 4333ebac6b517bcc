import { type Logger } from 'pino';
import { type Settings, SettingsError, type SiftedSettings } from '../config/settings.js';
import { readKeyFile } from './key-file.js';
import { type KeyRing, loadKeyRing } from './key-ring.js';

type Sharing = Partial<Pick<Settings, 'REDIS_URL' | 'AUDIT_URL'>>;

/** Replicas that share Redis or PostgreSQL need the same ring, so it is not created at the start of one of them. */
function mayCreateKeyRing({ REDIS_URL, AUDIT_URL }: Sharing): boolean {
  return !REDIS_URL && (!AUDIT_URL || AUDIT_URL.kind === 'sqlite');
}

/** The key ring of this installation; created if there is none and it may be. */
export function openKeyRing(settings: Settings, log: Logger): KeyRing {
  const { KEYS_FILE } = settings;
  const { ring, isNew, warning } = loadKeyRing(KEYS_FILE, { mayCreate: mayCreateKeyRing(settings) });
  // Without the key ring, no record of the audit log can be verified.
  if (isNew) log.warn({ file: KEYS_FILE }, 'made a key ring: keep a copy of it');
  if (warning !== null) log.warn(warning);
  return ring;
}

/** The problem of the key ring, as far as it shows without creating the file; null if it has none. */
export function keyRingProblem({ given, problems }: SiftedSettings): string | null {
  const { KEYS_FILE } = given;
  if (KEYS_FILE === undefined) return null;
  // A REDIS_URL that cannot be used is meant to be shared nevertheless.
  const mayCreate = !problems.has('REDIS_URL') && mayCreateKeyRing(given);
  try {
    const isThere = readKeyFile(KEYS_FILE) !== null;
    if (isThere || !mayCreate) loadKeyRing(KEYS_FILE, { mayCreate: false });
    return null;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map((problem) => problem.replace(/^KEYS_FILE: /, '')).join('\n  KEYS_FILE: ');
  }
}
