import { readFile } from 'node:fs/promises';
import { unannouncedChanges } from './schema-changes.js';

/** Compares the schema with that of the last release. Fails on a breaking change that CHANGELOG.md does not announce. */
const [released = '', current = '', changelog = ''] = await Promise.all(
  ['schema.released.graphql', 'schema.graphql', 'CHANGELOG.md'].map((file) => readFile(file, 'utf8')),
);
const changes = unannouncedChanges({ released, current, changelog });
if (changes.length > 0) {
  process.stderr.write(
    `These changes of the schema break clients of the last release:\n\n${changes.map((each) => `  ${each}\n`).join('')}\n` +
      'Undo them, or put each of these texts on a line of CHANGELOG.md, under "Unreleased".\n',
  );
  process.exitCode = 1;
}
