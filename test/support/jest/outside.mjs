// The application's own modules, loaded by Node once per process instead of by Jest once per test file.
import { readFileSync } from 'node:fs';
import { createRequire, enableCompileCache, registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { swc } from './swc.mjs';

const isTypeScript = (url) => url?.endsWith('.ts') && !url.includes('/node_modules/');

// By the variable too, for the threads that keep the audit log.
process.env.NODE_COMPILE_CACHE = enableCompileCache(resolve('node_modules/.cache/compile')).directory;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('.') && isTypeScript(context.parentURL)
      ? next(specifier.replace(/\.js$/, '.ts'), context)
      : next(specifier, context),
  load: (url, context, next) => {
    if (!isTypeScript(url)) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      ...swc,
      filename,
      sourceMaps: 'inline',
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});

export const requireOutside = createRequire(import.meta.url);
