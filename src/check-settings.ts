import { parseRedisUrl, redisUrlForms } from './redis/url.js';
import { type Environment } from './config/environment.js';
import { keyRingProblem } from './config/key-ring-problem.js';
import { problemsIn, readSettings, type Settings, siftSettings } from './config/settings.js';
import { listeningProblems } from './listening.js';

/**
 * The settings of a process that is about to start: also what the schema cannot know, before any file is made.
 *
 * @param environment that of the process unless given
 * @throws SettingsError listing every problem.
 */
export async function checkedSettings(environment?: Environment): Promise<Settings> {
  const { given, problems } = siftSettings(environment);
  if (given.REDIS_URL && !parseRedisUrl(given.REDIS_URL.reveal())) problems.set('REDIS_URL', redisUrlForms);
  const keyRing = keyRingProblem(given);
  if (keyRing) problems.set('KEYS_FILE', keyRing);
  for (const [name, problem] of await listeningProblems(given)) problems.set(name, problem);
  if (problems.size > 0) throw problemsIn(problems);
  return readSettings(environment);
}
