import { parseRedisUrl, redisUrlForms } from './cache/redis-url.js';
import { keyRingProblem } from './config/key-ring-problem.js';
import { misspelt } from './config/environment.js';
import { problemsIn, readSettings, type Settings, settingsSchema, siftSettings } from './config/settings.js';
import { listeningProblems } from './listening.js';

type Environment = Record<string, string | undefined>;

/**
 * The settings of a process that is about to start: also what the schema cannot know, before any file is made.
 *
 * @throws SettingsError listing every problem.
 */
export async function checkedSettings(environment: Environment = process.env): Promise<Settings> {
  const { given, problems } = siftSettings(environment);
  if (given.REDIS_URL && !parseRedisUrl(given.REDIS_URL.reveal())) problems.set('REDIS_URL', redisUrlForms);
  const keyRing = keyRingProblem(given);
  if (keyRing) problems.set('KEYS_FILE', keyRing);
  for (const [name, problem] of await listeningProblems(given)) problems.set(name, problem);
  if (problems.size > 0) throw problemsIn(problems);
  return readSettings(environment);
}

/** One sentence for each variable that is named almost as a setting is. */
export function misspeltSettings(environment: Environment = process.env): string[] {
  return misspelt(environment, Object.keys(settingsSchema.shape)).map(
    ([name, meant]) => `${name} is not a setting: did you mean ${meant}?`,
  );
}
