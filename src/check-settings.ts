import { documentsProblem } from './api/graphql/documents/documents.module.js';
import { type Environment } from './platform/config/environment.js';
import { keyRingProblem } from './platform/keys/open-key-ring.js';
import { accessFileProblem } from './gateway/access/managed/check-access-file.js';
import { proxyProblem } from './platform/config/proxy.js';
import { type Settings, settingsOf, siftSettings } from './platform/config/settings.js';
import { listeningProblems } from './api/http/server/listening.js';

/**
 * Reads the settings of a process that starts, and checks what the schema cannot, before any file is written.
 *
 * @throws SettingsError listing every problem.
 */
export async function checkedSettings(environment?: Environment): Promise<Settings> {
  const { given, problems } = siftSettings(environment);
  const proxy = given.CLOUDFLARE_BASE_URL && proxyProblem(given.CLOUDFLARE_BASE_URL, environment);
  if (proxy) problems.set(...proxy);
  const keyRing = keyRingProblem({ given, problems });
  if (keyRing) problems.set('KEYS_FILE', keyRing);
  const access = await accessFileProblem({ given, problems });
  if (access) problems.set('ACCESS_FILE', access);
  const documents = problems.has('GRAPHQL_DOCUMENTS_FILE') ? null : await documentsProblem(given);
  if (documents !== null) problems.set('GRAPHQL_DOCUMENTS_FILE', documents);
  for (const [name, problem] of await listeningProblems(given)) problems.set(name, problem);
  return settingsOf({ given, problems });
}
