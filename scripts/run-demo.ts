import pretty, { type PrettyOptions } from 'pino-pretty';
import { pino } from 'pino';
import { checkedSettings } from '../src/check-settings.js';
import { misspeltSettings, SettingsError } from '../src/platform/config/settings.js';
import { drainOnSignal } from '../src/drain.js';
import { start } from '../src/start.js';
import { createSandbox } from '../sandbox/app.js';
import { checkedSettings as checkedSandboxSettings } from '../sandbox/listening.js';
import { SettingsError as SandboxSettingsError, unknownSettings } from '../sandbox/settings.js';

const zone = '023e105f4ecef8ad9ca31a8372d0c353';
const token = 'sandbox-token-that-may-read-and-may-write';

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

/** Runs the sandbox and the gateway in one process, so that neither is left behind. */
try {
  // The sandbox listens first and makes no files, so that the check of the gateway's settings finds an equal port.
  const sandbox = await usable(listeningSandbox());
  const settings = await usable(checkedSettings({ ...ownFiles, ...process.env }));
  if (!sandbox || !settings) fail(problems.join('\n'));
  const { url: sandboxUrl, close } = sandbox;
  const log = pino({ level: settings.LOG_LEVEL, base: null }, pretty(forPeople));
  for (const sentence of [...misspeltSettings(), ...unknownSettings()]) log.warn(sentence);
  const upstream = { CLOUDFLARE_BASE_URL: new URL(sandboxUrl) };
  const starting = start({ ...settings, ...upstream }, log, { authorization: `Bearer ${token}` });
  drainOnSignal(starting, log, close);
  const { url, metricsUrl } = await starting;
  await explain(url, metricsUrl, sandboxUrl);
} catch (error) {
  fail(isSettingsError(error) ? error.message : (error as Error).stack);
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

async function explain(url: string, metricsUrl: string, sandboxUrl: string): Promise<void> {
  const example = `${url}/client/v4/zones/${zone}/origin_tls_client_auth/hostnames?status=all`;
  const answer: unknown = await (
    await fetch(example, { headers: { authorization: `Bearer ${token}` } })
  ).json();
  process.stdout.write(`
${JSON.stringify(answer, null, 2)}

That is what this answers, in another terminal:

  curl -s -H 'Authorization: Bearer ${token}' '${example}'

Origin Pulls Gateway, in front of a sandbox that stands in for Cloudflare.

  Zone       ${zone}
  Token      ${token}

  Playground ${url}/graphql
  API docs   ${url}/docs
  REST       ${url}/client/v4
  Health     ${url}/health/ready
  Metrics    ${metricsUrl}
  Sandbox    ${sandboxUrl}

Ctrl-C ends both.

`);
}
