import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { printSchema } from 'graphql';
import { createApp } from '../src/app.js';
import { readSettings } from '../src/config/settings.js';
import { createLogger } from '../src/logging/logger.js';
import { openApiDocument } from '../src/http/docs.js';

/**
 * Writes the files that are generated from the code and committed, so that a change of contract shows in the diff.
 * With `--check` it writes nothing, and fails where one is not up to date.
 */
const folder = await mkdtemp(join(tmpdir(), 'generate-'));
const settings = readSettings({
  AUDIT_URL: `file:${join(folder, 'audit.db')}`,
  KEYS_FILE: join(folder, 'keys.json'),
});
const app = await createApp(settings, createLogger({ LOG_LEVEL: 'silent' }));
const { schema } = app.get(GraphQLSchemaHost);
const files = {
  'openapi.json': `${JSON.stringify(openApiDocument(app), null, 2)}\n`,
  'schema.graphql': `${printSchema(schema)}\n`,
};
await app.close();
await rm(folder, { recursive: true });

const check = process.argv.includes('--check');
const outdated: string[] = [];
for (const [file, content] of Object.entries(files)) {
  const committed = await readFile(file, 'utf8').catch(() => undefined);
  if (committed === content) continue;
  outdated.push(file);
  if (!check) await writeFile(file, content);
}

if (outdated.length === 0) process.stdout.write('Generated files are up to date.\n');
else if (!check) process.stdout.write(`Written: ${outdated.join(', ')}\n`);
else {
  process.stderr.write(`Not up to date: ${outdated.join(', ')}. Run: npm run generate\n`);
  process.exitCode = 1;
}
