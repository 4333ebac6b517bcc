import { parseRedisUrl, redisUrlForms } from './redis/url.js';
import { type Environment } from './config/environment.js';
import { keyRingProblem } from './config/key-ring-problem.js';
import { proxyProblem } from './config/proxy.js';
import { type Settings, settingsOf, siftSettings } from './config/settings.js';
import { listeningProblems } from './listening.js';

/**
 * The settings of a process that is about to start. Checks also what the schema cannot know, before any file is written.
 *
 * @param environment that of the process unless given
 * @throws SettingsError listing every problem.
 */
export async function checkedSettings(environment?: Environment): Promise<Settings> {
  const { given, problems } = siftSettings(environment);
  if (given.REDIS_URL && !parseRedisUrl(given.REDIS_URL.reveal())) problems.set('REDIS_URL', redisUrlForms);
  const proxy = given.CLOUDFLARE_BASE_URL && proxyProblem(given.CLOUDFLARE_BASE_URL, environment);
  if (proxy) problems.set(...proxy);
  const keyRing = keyRingProblem(given);
  if (keyRing) problems.set('KEYS_FILE', keyRing);
  for (const [name, problem] of await listeningProblems(given)) problems.set(name, problem);
  return settingsOf({ given, problems });
}
