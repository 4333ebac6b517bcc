// Checks that the tools of the build are installed. JavaScript, because it runs before the build.
import { existsSync } from 'node:fs';

const tools = ['@nestjs/cli', 'typescript', 'esbuild', 'graphiql'];
const missing = tools.filter((name) => !existsSync(`node_modules/${name}/package.json`));
if (missing.length > 0) {
  process.stderr.write(
    `The development dependencies are missing (${missing.join(', ')}), and the build needs them: npm ci --include=dev\n` +
      'With NODE_ENV=production, or omit=dev in an npmrc, npm ci leaves them out.\n',
  );
  process.exit(1);
}
