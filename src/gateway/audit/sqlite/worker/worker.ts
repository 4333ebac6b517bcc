import { parentPort, workerData } from 'node:worker_threads';
import { SqliteAppender } from './appender.ts';
import type { SqlitePlace } from './connection.ts';
import { SqliteReader } from './reader.ts';
import { troubleOf } from './trouble.ts';

// Under jest, Node.js runs this folder as TypeScript, types stripped. So its files import values by `.ts`, which the build
// rewrites, and only types by `.js` (ESLint checks both). They use no TypeScript syntax that needs to be compiled.

export interface SqliteWork extends SqlitePlace {
  readonly side: 'append' | 'read';
}

export interface Asked {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Answered {
  readonly id: number;
  readonly result?: unknown;
  /** Why there is no result. */
  readonly trouble?: string;
}

const { side: name, ...place } = workerData as SqliteWork;
const side = name === 'append' ? new SqliteAppender(place) : new SqliteReader(place);
const methods = side as unknown as Record<string, (...args: readonly unknown[]) => unknown>;

const restAfterMs = 2;
let resting: NodeJS.Timeout | undefined;

parentPort?.on('message', ({ id, method, args }: Asked) => {
  clearTimeout(resting);
  parentPort?.postMessage(answer(id, method, args));
  if (method === 'close') parentPort?.close();
  else if (side instanceof SqliteAppender) resting = setTimeout(() => side.rest(), restAfterMs);
});

function answer(id: number, method: string, args: readonly unknown[]): Answered {
  try {
    return { id, result: methods[method]?.(...args) };
  } catch (error) {
    side.letGo();
    return { id, trouble: troubleOf(error) };
  }
}
