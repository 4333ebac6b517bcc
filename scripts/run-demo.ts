import pretty, { type PrettyOptions } from 'pino-pretty';
import { pino } from 'pino';
import { checkedSettings } from '../src/check-settings.js';
import { misspeltSettings, SettingsError } from '../src/platform/config/settings.js';
import { drainOnSignal } from '../src/drain.js';
import { start } from '../src/start.js';
import { createSandbox } from '../sandbox/app.js';
import { checkedSettings as checkedSandboxSettings } from '../sandbox/listening.js';
import { SettingsError as SandboxSettingsError, unknownSettings } from '../sandbox/settings.js';
import { type NamedCredential } from '../src/api/http/pages/playground.js';
import { type DemoAccess, makeAccess } from './demo/access.js';
import { explained, explainedManaged, token } from './demo/explained.js';

/** Keeps the changes of the sandbox's zones out of the audit log of real ones. */
const ownFiles = { AUDIT_URL: 'file:./data/demo/audit.db', KEYS_FILE: './data/demo/keys.json' };

/** A request is one short line. Checkpoints are not shortened, because `npm run audit -- verify` reads them. */
const forPeople: PrettyOptions = {
  colorize: process.stdout.isTTY,
  singleLine: true,
  translateTime: 'HH:MM:ss',
  ignore: 'requestId,documentHash,upstream,cache,audit,operationId',
};

const problems: string[] = [];

/** Runs the sandbox and the gateway in one process, and in managed mode an issuer too, so that none is left behind. */
export async function runDemo({ isManaged }: { readonly isManaged: boolean }): Promise<void> {
  try {
    // The sandbox listens first and makes no files, so that the check of the gateway's settings finds an equal port.
    const sandbox = await usable(listeningSandbox());
    const access = isManaged ? await makeAccess(token) : null;
    const settings = await usable(checkedSettings({ ...ownFiles, ...process.env, ...access?.settings }));
    if (!sandbox || !settings) fail(problems.join('\n'));
    const log = pino({ level: settings.LOG_LEVEL, base: null }, pretty(forPeople));
    for (const sentence of [...misspeltSettings(), ...unknownSettings()]) log.warn(sentence);
    const upstream = { CLOUDFLARE_BASE_URL: new URL(sandbox.url) };
    const starting = start({ ...settings, ...upstream }, log, { credentials: offered(access) });
    drainOnSignal(starting, log, async () => {
      await access?.issuer.close();
      await sandbox.close();
    });
    const { url, metricsUrl } = await starting;
    const addresses = { url, metricsUrl, sandboxUrl: sandbox.url };
    process.stdout.write(await (access ? explainedManaged(addresses, access) : explained(addresses)));
  } catch (error) {
    fail(isSettingsError(error) ? error.message : (error as Error).stack);
  }
}

/** What the pages offer. */
function offered(access: DemoAccess | null): NamedCredential[] {
  const callers = access ? Object.values(access.callers) : [{ name: 'Token', credential: token }];
  return callers.map(({ name, credential }) => ({ name, authorization: `Bearer ${credential}` }));
}

function fail(text: string | undefined): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

async function listeningSandbox() {
  const sandbox = await createSandbox(await checkedSandboxSettings());
  return { url: await sandbox.listen(), close: () => sandbox.close() };
}

/** Resolves to undefined if settings are wrong, and notes the problems: those of both programs are reported together. */
async function usable<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (!isSettingsError(error)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

function isSettingsError(error: unknown): error is Error {
  return error instanceof SettingsError || error instanceof SandboxSettingsError;
}
