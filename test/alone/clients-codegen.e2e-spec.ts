import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { blocksOf } from '../support/basics/pages.js';
import { installClients } from '../support/clients/installed.js';
import { aProject } from '../support/clients/project.js';
import { startStage } from '../support/gateway/stage.js';
import { hostnameCertificateInUse, seededZone } from '../support/http/requests.js';

/** The configuration that the page shows. */
const configuration =
  blocksOf(readFileSync('docs/graphql.md', 'utf8'), 'ts').find((block) => block.includes('CodegenConfig')) ??
  '';

describe('GraphQL Code Generator with the configuration of docs/graphql.md', () => {
  beforeAll(() => installClients(), 5 * 60 * 1000);

  it('Makes types with which a program compiles and runs, but not where it asks for what the schema does not have', async () => {
    using project = aProject('codegen');
    writeFileSync(join(project.folder, 'codegen.ts'), configuration);
    await project.run('graphql-codegen');
    await project.run('tsc');

    await using stage = await startStage();
    const printed = await project.run(
      'built/program.js',
      `${stage.gateway.url}/graphql`,
      stage.bearer.authorization,
      seededZone,
      hostnameCertificateInUse,
    );
    expect(JSON.parse(printed)).toEqual({
      enabled: true,
      expiry: [expect.stringMatching(/^\d{4}-/), expect.stringMatching(/^\d{4}-/)],
      inTheWay: ['app.example.com', 'legacy.example.com'],
    });
  });
});
