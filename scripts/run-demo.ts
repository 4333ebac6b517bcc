import pretty from 'pino-pretty';
import { pino } from 'pino';
import { readSettings, SettingsError } from '../src/config/settings.js';
import { drainOnSignal } from '../src/drain.js';
import { start } from '../src/start.js';
import { createSandbox } from '../sandbox/app.js';
import {
  readSettings as readSandboxSettings,
  SettingsError as SandboxSettingsError,
} from '../sandbox/settings.js';

const zone = '023e105f4ecef8ad9ca31a8372d0c353';
const token = 'sandbox-token-read-write';

/** The sandbox and the gateway in front of it, in one process: it cannot leave half of itself behind. */
try {
  const settings = readSettings();
  const sandbox = await createSandbox(readSandboxSettings());
  const sandboxUrl = await sandbox.listen();
  const log = pino(
    { level: settings.LOG_LEVEL, base: null },
    pretty({ colorize: process.stdout.isTTY, singleLine: true }),
  );
  const upstream = { CLOUDFLARE_BASE_URL: new URL(sandboxUrl) };
  const starting = start({ ...settings, ...upstream }, log, { authorization: `Bearer ${token}` });
  drainOnSignal(starting, log, () => sandbox.close());
  const { url, metricsUrl } = await starting;
  await explain(url, metricsUrl, sandboxUrl);
} catch (error) {
  const known = error instanceof SettingsError || error instanceof SandboxSettingsError;
  process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}

async function explain(url: string, metricsUrl: string, sandboxUrl: string): Promise<void> {
  const example = `${url}/client/v4/zones/${zone}/origin_tls_client_auth/hostnames?status=all`;
  const answer: unknown = await (
    await fetch(example, { headers: { authorization: `Bearer ${token}` } })
  ).json();
  process.stdout.write(`
Origin Pulls Gateway, in front of a sandbox that stands in for Cloudflare.

  Playground ${url}/graphql
  REST       ${url}/client/v4
  API docs   ${url}/docs
  Health     ${url}/health/ready
  Metrics    ${metricsUrl}
  Sandbox    ${sandboxUrl}

  Zone       ${zone}
  Token      ${token}

Try, in another terminal:

  curl -s -H 'Authorization: Bearer ${token}' '${example}'

It answers:

${JSON.stringify(answer, null, 2).replace(/^/gm, '  ')}

Ctrl-C ends both.

`);
}
