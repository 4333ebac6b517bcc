import { z } from 'zod';
import { auditUrlSchema } from './audit-url.js';
import { cleanEnvironment, type Environment, misspelt } from './environment.js';
import { addressRangesSchema, originsSchema } from './lists.js';
import { isOwnAddress } from './own-address.js';
import { redisUrlSchema } from './redis-url.js';

/** An IPv6 address may have the brackets of a URL: `[::1]` is `::1`. */
const host = z.string().transform((text) => text.replace(/^\[(.*)\]$/, '$1'));

const port = z
  .string()
  .regex(/^\d+$/, 'must be a port number')
  .transform(Number)
  .pipe(z.number().max(65_535, 'must be 0 to 65535'));

const onOff = z
  .enum(['on', 'off', 'true', 'false', '1', '0'], 'must be on or off')
  .transform((value) => ['on', 'true', '1'].includes(value));

const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`;
  return z.string().regex(/^\d+$/, rule).transform(Number).pipe(z.number().min(least, rule).max(most, rule));
};

/** Bounded: changes that bypass the gateway show only when a cached answer expires. */
const seconds = whole(0, 3600);

const documentsModes = ['off', 'allow', 'only'] as const;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Every setting, by the name of its environment variable. `.env.example` is checked against this. */
export const settingsSchema = z.object({
  HOST: host.default('127.0.0.1').describe('Address to listen on.'),
  PORT: port.default(3000).describe('Port to listen on; 0 takes a free one.'),
  MODE: z
    .enum(['passthrough', 'managed'], 'must be passthrough or managed')
    .default('passthrough')
    .describe(
      'passthrough: callers send a credential of Cloudflare. managed: ACCESS_FILE says who may do what, and the gateway has the credentials.',
    ),
  ACCESS_FILE: z.string().optional().describe('The file that says who may do what, in managed mode.'),
  CALLER_CALLS_PER_5_MINUTES: whole(1, 10_000_000)
    .optional()
    .describe(
      'Calls to Cloudflare that a caller may make in 5 minutes; by default 600 in managed mode, else 1000000.',
    ),
  CALLER_REQUESTS_PER_SECOND: whole(1, 1_000_000)
    .optional()
    .describe(
      'Requests that a caller may send to a replica in a second; by default 1000 in managed mode, else 100000.',
    ),
  REPLICAS: whole(1, 1000)
    .default(1)
    .describe('How many replicas there are: each counts its part of the calls where it counts alone.'),
  KEEP_ALIVE_SECONDS: whole(2, 7200)
    .default(75)
    .describe('How long an idle connection is kept, in seconds: longer than the proxy in front keeps it.'),
  MAX_REQUESTS_IN_FLIGHT: whole(10, 65_536)
    .default(2048)
    .describe('How many requests may be in progress; a fifth of them is for changes alone.'),
  TRUSTED_PROXIES: addressRangesSchema
    .optional()
    .describe('Addresses and CIDR ranges of proxies whose X-Forwarded-For or Forwarded is believed.'),
  CORS_ORIGINS: originsSchema
    .optional()
    .describe('Origins whose pages may call the gateway, such as https://app.example.com; none without it.'),
  CLOUDFLARE_BASE_URL: z
    .string()
    .default('https://api.cloudflare.com/client/v4')
    .refine(
      isAllowedUpstream,
      'must be an https URL, or http to a loopback address, without credentials, query or fragment',
    )
    .transform((text) => {
      const url = new URL(text);
      url.pathname = url.pathname.replace(/\/+$/, '');
      return url;
    })
    .describe('The upstream API: https, or http to a loopback address.'),
  REDIS_URL: redisUrlSchema
    .optional()
    .describe('The cache that replicas share; without it, the memory of this process.'),
  CACHE_FENCE: z
    .enum(['strict', 'relaxed'], 'must be strict or relaxed')
    .default('strict')
    .describe(
      'relaxed: changes go on where the cache cannot be told of them, and reads may be stale for a while.',
    ),
  CACHE_LEASES: onOff
    .default(true)
    .describe('With Redis: whether a hit may rely for 40 ms on what Redis said, or asks it each time.'),
  AUDIT_URL: auditUrlSchema
    .prefault('file:./data/audit.db')
    .describe('Where every change is recorded: file:<path>, or postgres:// for several replicas.'),
  AUDIT_STDOUT: onOff
    .default(false)
    .describe('Whether each audit event is also written to standard output, as a line.'),
  KEYS_FILE: z
    .string()
    .default('./data/keys.json')
    .describe('The key ring: the audit log is chained, and what leaves for Redis is sealed with it.'),
  CACHE_TTL_LIST_SECONDS: seconds.default(15).describe('How long a list is kept, in seconds.'),
  CACHE_TTL_ITEM_SECONDS: seconds.default(30).describe('How long anything else is kept, in seconds.'),
  CACHE_TTL_PENDING_SECONDS: seconds.default(2).describe('How long an answer with a pending status is kept.'),
  CACHE_TTL_NOT_FOUND_SECONDS: seconds.default(5).describe('How long a 404 is kept, in seconds.'),
  STALE_IF_ERROR_SECONDS: whole(0, 600)
    .default(600)
    .describe('For how long the last known answer stands in where upstream fails, in seconds; 0: never.'),
  CACHE_MEMORY_MIB: whole(1, 65_536)
    .default(64)
    .describe('How much the cache may hold in this process, in MiB.'),
  GRAPHQL_PLAYGROUND: onOff
    .optional()
    .describe(
      'GraphiQL for browsers at /graphql: on or off; on by default where HOST is a loopback address.',
    ),
  GRAPHQL_INTROSPECTION: onOff
    .optional()
    .describe(
      'Whether the schema can be asked for: on or off; on by default where HOST is a loopback address.',
    ),
  GRAPHQL_DOCUMENTS: z
    .enum(documentsModes, 'must be off, allow or only')
    .default('off')
    .describe(
      'Persisted documents: allow: they may be asked for by their ids; only: nothing else is executed.',
    ),
  GRAPHQL_DOCUMENTS_FILE: z
    .string()
    .optional()
    .describe('The persisted documents: a JSON file, or a folder of .graphql files.'),
  METRICS_HOST: host.default('127.0.0.1').describe('Address of the Prometheus endpoint.'),
  METRICS_PORT: port.default(9464).describe('Port of the Prometheus endpoint; 0 takes a free one.'),
  LOG_LEVEL: z
    .enum(logLevels, `must be one of ${logLevels.join(', ')}`)
    .default('info')
    .describe('How much is logged.'),
});

type Given = z.output<typeof settingsSchema>;

const names = Object.keys(settingsSchema.shape) as (keyof Given)[];

export type Settings = Given & { readonly [switched in Switch]: boolean };

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');

type Switch = 'GRAPHQL_PLAYGROUND' | 'GRAPHQL_INTROSPECTION';

/** Names every invalid setting and what it must be. It contains no value, since a value may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** @throws SettingsError listing every problem. */
export function readSettings(environment: Environment = process.env): Settings {
  return settingsOf(siftSettings(environment));
}

const ownAddress =
  "is the address of the gateway itself. Cloudflare's SDKs read the variable too: unset it, or set it to the URL of Cloudflare's API";

/** The settings of the audit log's tools. Problems of other settings are ignored. */
export function readAuditSettings(
  environment: Environment = process.env,
): Pick<Settings, 'AUDIT_URL' | 'KEYS_FILE'> {
  return usable(sift(environment, ['AUDIT_URL', 'KEYS_FILE']));
}

/** The setting of the key ring's tool. */
export function readKeysFile(environment: Environment = process.env): string {
  return usable(sift(environment, ['KEYS_FILE'])).KEYS_FILE;
}

export interface SiftedSettings {
  /** The valid ones. */
  readonly given: Partial<Given>;
  /** By the name of the setting. */
  readonly problems: Map<string, string>;
}

/** Checks each setting by itself, so that one problem does not hide others. */
export function siftSettings(environment: Environment = process.env): SiftedSettings {
  const { given, problems } = sift(environment, names);
  const { CLOUDFLARE_BASE_URL: upstream, HOST, PORT, MODE, ACCESS_FILE } = given;
  if (MODE === 'managed' && ACCESS_FILE === undefined && !problems.has('ACCESS_FILE')) {
    problems.set('ACCESS_FILE', 'must be given with MODE=managed: docs/access.md shows one');
  }
  // A misspelt or missing MODE must not open the gateway to everyone with a credential of Cloudflare.
  if (MODE === 'passthrough' && ACCESS_FILE !== undefined) {
    problems.set('ACCESS_FILE', 'has no effect with MODE=passthrough: set MODE=managed, or unset it');
  }
  if (upstream && HOST !== undefined && PORT !== undefined && isOwnAddress(upstream, HOST, PORT)) {
    problems.set('CLOUDFLARE_BASE_URL', ownAddress);
  }
  const documents = documentsFileProblem(given);
  if (documents !== null) problems.set('GRAPHQL_DOCUMENTS_FILE', documents);
  return { given, problems };
}

/** Without a mode it is not known whether the file is needed. */
function documentsFileProblem({
  GRAPHQL_DOCUMENTS: mode,
  GRAPHQL_DOCUMENTS_FILE: file,
}: Partial<Given>): string | null {
  if (mode === undefined || (mode === 'off') === (file === undefined)) return null;
  return mode === 'off'
    ? 'is not used while GRAPHQL_DOCUMENTS is off: set that to allow or only, or unset this'
    : `is needed where GRAPHQL_DOCUMENTS is ${mode}: name the file or the folder of the documents`;
}

/** @throws SettingsError listing every problem. */
export function settingsOf(sifted: SiftedSettings): Settings {
  const settings = usable(sifted);
  // Off by default where other machines can connect.
  const isLocal = isLoopback(settings.HOST);
  return {
    ...settings,
    GRAPHQL_PLAYGROUND: settings.GRAPHQL_PLAYGROUND ?? isLocal,
    GRAPHQL_INTROSPECTION: settings.GRAPHQL_INTROSPECTION ?? isLocal,
  };
}

/** One sentence for each variable whose name resembles that of a setting. */
export function misspeltSettings(environment: Environment = process.env): string[] {
  return misspelt(environment, names).map(
    ([name, meant]) => `${name} is not a setting: did you mean ${meant}?`,
  );
}

function sift(environment: Environment, wanted: readonly (keyof Given)[]): SiftedSettings {
  const { values, problems } = cleanEnvironment(environment, wanted);
  const given: Partial<Record<keyof Given, unknown>> = {};
  for (const name of wanted.filter((each) => !problems.has(each))) {
    const { data, error } = settingsSchema.shape[name].safeParse(values[name]);
    if (error) problems.set(name, error.issues[0]?.message ?? 'cannot be used');
    else if (data !== undefined) given[name] = data;
  }
  return { given: given as Partial<Given>, problems };
}

/** @throws SettingsError listing every problem, in the order of the schema. */
function usable({ given, problems }: SiftedSettings): Given {
  if (problems.size === 0) return given as Given;
  const order: readonly string[] = names;
  const sorted = [...problems].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  throw new SettingsError(sorted.map(([name, problem]) => `${name}: ${problem}`));
}

function isAllowedUpstream(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password || url.search || url.hash) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** Whether a host name or address, as `URL.hostname` spells it, can only be this machine. */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
