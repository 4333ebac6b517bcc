import { z } from 'zod';
import { problemOf, unknownNames, valueOf } from './environment.js';

type Environment = Record<string, string | undefined>;

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from 0 to ${max}`)
    .transform(Number)
    .pipe(z.number().max(max, `must be a whole number from 0 to ${max}`));

const milliseconds = wholeNumber(24 * 60 * 60 * 1000);

/** Every setting, by the name of its environment variable. A test compares `.env.example` with this. */
export const settingsSchema = z.object({
  /** With or without the brackets of a URL: `[::1]` is `::1`. */
  SANDBOX_HOST: z
    .string()
    .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
    .default('127.0.0.1'),
  SANDBOX_PORT: wholeNumber(65_535).default(4010),
  SANDBOX_LATENCY_MS: milliseconds.default(0),
  SANDBOX_DEPLOY_MS: milliseconds.default(1_000),
  SANDBOX_DELETE_MS: milliseconds.default(3_000),
  SANDBOX_VOID_MS: milliseconds.default(3_000),
  // 1,200 calls in five minutes a user [docs fundamentals/api/reference/limits].
  SANDBOX_RATE_LIMIT: wholeNumber(1_000_000_000).default(1_200),
  SANDBOX_LIST_ASSOCIATIONS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  SANDBOX_ANY_ZONE: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
});

type Given = z.output<typeof settingsSchema>;

export type SandboxSettings = ReturnType<typeof settingsOf>;

function settingsOf(given: Given) {
  return {
    host: given.SANDBOX_HOST,
    /** 0: any free port. */
    port: given.SANDBOX_PORT,
    latencyMs: given.SANDBOX_LATENCY_MS,
    deployMs: given.SANDBOX_DEPLOY_MS,
    deleteMs: given.SANDBOX_DELETE_MS,
    voidMs: given.SANDBOX_VOID_MS,
    /** Calls a user may make in five minutes; 0: any number. */
    rateLimit: given.SANDBOX_RATE_LIMIT,
    listAssociations: given.SANDBOX_LIST_ASSOCIATIONS === 'on',
    anyZone: given.SANDBOX_ANY_ZONE === '1',
  };
}

const names = Object.keys(settingsSchema.shape) as (keyof Given)[];

export const defaultSettings: SandboxSettings = settingsOf(settingsSchema.parse({}));

/** `message` has one line for each problem, which names its setting. */
export class SettingsError extends Error {}

/** @throws SettingsError */
export function readSettings(environment: Environment = process.env): SandboxSettings {
  const { settings, problems } = siftSettings(environment);
  if (problems.size > 0) throw problemsIn(problems);
  return settings;
}

export interface SiftedSettings {
  /** A wrong setting has its default. */
  readonly settings: SandboxSettings;
  /** By the name of the setting. */
  readonly problems: Map<string, string>;
}

/** Checks each setting by itself, so that one problem does not hide another. */
export function siftSettings(environment: Environment): SiftedSettings {
  const problems = new Map<string, string>();
  const usable: Record<string, string> = {};
  for (const name of names) {
    const text = valueOf(environment, name);
    if (text === undefined) continue;
    const result = settingsSchema.shape[name].safeParse(text);
    const problem = problemOf(name, text) ?? result.error?.issues[0]?.message;
    if (problem === undefined) usable[name] = text;
    else problems.set(name, problem);
  }
  return { settings: settingsOf(settingsSchema.parse(usable)), problems };
}

export function problemsIn(problems: ReadonlyMap<string, string>): SettingsError {
  const inOrder = names.filter((name) => problems.has(name));
  return new SettingsError(inOrder.map((name) => `${name} ${problems.get(name)}`).join('\n'));
}

/** One sentence for each variable whose name begins like that of a setting but is not one. */
export function unknownSettings(environment: Environment = process.env): string[] {
  return unknownNames(environment, names).map(
    (name) => `${name} is not a setting of the sandbox: there are ${names.join(', ')}`,
  );
}
