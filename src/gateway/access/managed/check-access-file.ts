import { SettingsError, type SiftedSettings } from '../../../platform/config/settings.js';
import { type AccessFile, type Issuer } from './access-file.js';
import { danglingGrants, problemsAtStart } from './contradictions.js';
import { readKeysFile } from './keys-file.js';
import { readGuardedFile } from './open-file.js';
import { parseAccessFile } from './parse-access-file.js';
import { readToken, tokenPlaces } from './token-files.js';

const prefix = /^ACCESS_FILE: /;

/** The problem of the access file, as far as it shows without asking Cloudflare or an issuer; null if it has none. */
export async function accessFileProblem({ given, problems }: SiftedSettings): Promise<string | null> {
  const { MODE, ACCESS_FILE } = given;
  if (MODE !== 'managed' || ACCESS_FILE === undefined || problems.has('ACCESS_FILE')) return null;
  const found = await checkAccessFile(ACCESS_FILE);
  if (found.problems.length === 0) return null;
  return found.problems.map((problem) => problem.replace(prefix, '')).join('\n  ACCESS_FILE: ');
}

export interface CheckedFile {
  /** Null if it cannot be read. */
  readonly file: AccessFile | null;
  readonly text: string;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads an access file, and the files with keys and tokens that it names. */
export async function checkAccessFile(path: string): Promise<CheckedFile> {
  let text = '';
  try {
    text = await readGuardedFile(path, 'ACCESS_FILE');
    const file = parseAccessFile(path, text);
    const atStart = problemsAtStart(file).map((problem) => `ACCESS_FILE: ${path}: ${problem}`);
    const ofKeys = await Promise.all(file.issuers.map((issuer, at) => keysProblems(path, issuer, at)));
    const ofTokens = tokenPlaces(path, file).map(tokenProblem);
    return {
      file,
      text,
      problems: [...atStart, ...ofKeys.flat(), ...ofTokens.flatMap(({ problems }) => problems)],
      warnings: [...danglingGrants(file), ...ofTokens.flatMap(({ warning }) => warning ?? [])],
    };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { file: null, text, problems: error.problems, warnings: [] };
  }
}

async function keysProblems(path: string, issuer: Issuer, at: number): Promise<readonly string[]> {
  if (issuer.jwksFile === undefined) return [];
  try {
    await readKeysFile(path, issuer, at);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems;
  }
}

function tokenProblem(place: Parameters<typeof readToken>[0]): {
  problems: readonly string[];
  warning: string | null;
} {
  try {
    return { problems: [], warning: readToken(place).warning };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { problems: error.problems, warning: null };
  }
}
