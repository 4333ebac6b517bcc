// Removes the output of sources that no longer exist. Keeps the folder, because a gateway may run from it.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

for (const folder of ['src', 'sandbox', 'scripts', 'bench']) {
  const built = join('dist', folder);
  if (!existsSync(built)) continue;
  for (const name of readdirSync(built, { recursive: true })) {
    const source = name.replace(/\.js(\.map)?$/, '.ts');
    if (source !== name && !existsSync(join(folder, source))) rmSync(join(built, name));
  }
}
