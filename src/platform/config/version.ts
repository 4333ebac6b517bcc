import { createRequire } from 'node:module';

/** From package.json, which stands two folders up from the source and three from the build. */
export const version = (createRequire(import.meta.url)('#package.json') as { version: string }).version;
