import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** The root of the repository, from the sources and from dist/. */
export const root = new URL('./', pathToFileURL(createRequire(import.meta.url).resolve('#package.json')));

/** The folder of this benchmark's sources: what is compiled from them runs in dist/bench/. */
export const sources = new URL('bench/', root);
