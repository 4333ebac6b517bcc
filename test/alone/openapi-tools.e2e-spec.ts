import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { scratchFolder } from '../support/basics/scratch.js';
import { clientCommand, installClients } from '../support/clients/installed.js';
import { startGateway } from '../support/gateway/gateway.js';

const run = promisify(execFile);

/** The document of a gateway in a folder of its own, and the tools on it. */
async function aDocument() {
  const gateway = await startGateway({ upstream: 'http://127.0.0.1:9' });
  const folder = scratchFolder('openapi');
  writeFileSync(join(folder, 'openapi.json'), await (await fetch(`${gateway.url}/openapi.json`)).text());
  await gateway.close();
  return {
    write: (file: string, text: string) => writeFileSync(join(folder, file), text),
    /** Resolves to what it printed. Rejects if it fails. */
    run: async (tool: string, ...args: string[]) => {
      const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
      const { stdout, stderr } = await run(clientCommand(tool), args, { cwd: folder, env });
      return stdout + stderr;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const compile = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', 'client.ts'];

describe('Tools that read the OpenAPI document', () => {
  beforeAll(() => installClients(), 5 * 60 * 1000);

  it('Redocly finds no error and no warning in it, by its recommended rules', async () => {
    using document = await aDocument();
    const report = await document.run('redocly', 'lint', '--extends', 'recommended', 'openapi.json');
    expect(report).toContain('Your API description is valid');
    expect(report).not.toMatch(/\d+ (?:warning|problem|error)/);
  });

  it('openapi-typescript makes types of it, which compile and know the members of an answer', async () => {
    using document = await aDocument();
    await document.run('openapi-typescript', 'openapi.json', '-o', 'types.ts');
    const client = (member: string) => `
      import type { paths } from './types.js';
      type Settings = paths['/client/v4/zones/{zone_id}/origin_tls_client_auth/settings'];
      type Answer = Settings['get']['responses'][200]['content']['application/json'];
      type Sent = NonNullable<Settings['put']['requestBody']>['content']['application/json'];
      type Refused = Settings['get']['responses']['4XX']['content']['application/json'];
      export const sent: Sent = { enabled: true };
      export const shown = ({ result }: Answer) => result.${member};
      export const code = ({ errors }: Refused): number | undefined => errors[0]?.code;
      export const at: Settings['get']['parameters']['path'] = { zone_id: '023e105f4ecef8ad9ca31a8372d0c353' };
    `;
    document.write('client.ts', client('enabled'));
    await document.run('tsc', ...compile);
    document.write('client.ts', client('disabled'));
    await expect(document.run('tsc', ...compile)).rejects.toMatchObject({
      stdout: expect.stringContaining("'disabled' does not exist"),
    });
  });
});
