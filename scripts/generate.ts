import { readFile, writeFile } from 'node:fs/promises';
import { type Type } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { GraphQLSchemaFactory } from '@nestjs/graphql';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from '../src/app.module.js';
import { readSettings } from '../src/platform/config/settings.js';
import { describeRoots } from '../src/api/graphql/graphql.module.js';
import { createLogger } from '../src/platform/telemetry/logger.js';
import { schemaText } from '../src/api/http/pages/schema.js';
import { openApiDocument } from '../src/api/rest/openapi.js';

/**
 * Writes the files that are generated from the code and committed, so that the diff shows a change of contract. With
 * `--check` it writes nothing, and fails if one is out of date.
 */
const module = AppModule.forRoot(readSettings({}), createLogger({ LOG_LEVEL: 'silent' }));
// In the preview mode Nest creates no provider: no key ring is read, and no store is opened.
const app = await NestFactory.create(module, new FastifyAdapter(), { preview: true, logger: false });
const schema = await app.get(GraphQLSchemaFactory, { strict: false }).create(resolvers());
describeRoots(schema);
const files = {
  'openapi.json': `${JSON.stringify(openApiDocument(app), null, 2)}\n`,
  'schema.graphql': schemaText(schema),
};

function resolvers(): Type[] {
  const providers = [...app.get(ModulesContainer).values()].flatMap((each) => [...each.providers.values()]);
  return providers
    .map(({ metatype }) => metatype as Type)
    .filter((type) => type && Reflect.hasMetadata('graphql:resolver_type', type));
}

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
