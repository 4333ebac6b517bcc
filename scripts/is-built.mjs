import { existsSync } from 'node:fs';

if (!existsSync('dist/src/main.js')) {
  process.stderr.write('Nothing is built yet. Run: npm ci --include=dev && npm run build\n');
  process.exit(1);
}
