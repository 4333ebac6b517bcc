import { z } from 'zod';

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from 0 to ${max}`)
    .transform(Number)
    .pipe(z.number().max(max, `must be a whole number from 0 to ${max}`));

const milliseconds = wholeNumber(24 * 60 * 60 * 1000);

const environment = z
  .object({
    SANDBOX_HOST: z.string().default('127.0.0.1'),
    SANDBOX_PORT: wholeNumber(65_535).default(4010),
    SANDBOX_LATENCY_MS: milliseconds.default(0),
    SANDBOX_DEPLOY_MS: milliseconds.default(1_000),
    SANDBOX_DELETE_MS: milliseconds.default(3_000),
    SANDBOX_VOID_MS: milliseconds.default(3_000),
    // 1,200 calls in five minutes a user [docs fundamentals/api/reference/limits].
    SANDBOX_RATE_LIMIT: wholeNumber(1_000_000_000).default(1_200),
    SANDBOX_LIST_ASSOCIATIONS: z.enum(['on', 'off'], 'must be on or off').default('on'),
    SANDBOX_ANY_ZONE: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  })
  .transform((env) => ({
    host: env.SANDBOX_HOST,
    /** 0: any free port. */
    port: env.SANDBOX_PORT,
    latencyMs: env.SANDBOX_LATENCY_MS,
    deployMs: env.SANDBOX_DEPLOY_MS,
    deleteMs: env.SANDBOX_DELETE_MS,
    voidMs: env.SANDBOX_VOID_MS,
    /** Calls a user may make in five minutes; 0: any number. */
    rateLimit: env.SANDBOX_RATE_LIMIT,
    listAssociations: env.SANDBOX_LIST_ASSOCIATIONS === 'on',
    anyZone: env.SANDBOX_ANY_ZONE === '1',
  }));

export type SandboxSettings = z.output<typeof environment>;

export const defaultSettings: SandboxSettings = environment.parse({});

/** The settings cannot be used; `message` has one line for each problem, which names its setting. */
export class SettingsError extends Error {}

/** @throws SettingsError */
export function readSettings(env: Record<string, string | undefined> = process.env): SandboxSettings {
  // Compose and CI hand an unset variable on as an empty one.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const read = environment.safeParse(given);
  if (read.success) return read.data;
  throw new SettingsError(
    read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('\n'),
  );
}
