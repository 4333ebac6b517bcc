import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { type SavedCheckpoint } from './verify-walk.js';

const head = { writer: z.string(), seq: z.int(), hash: z.string() };

const lineSchema = z.object({
  msg: z.literal('audit checkpoint'),
  checkpoint: z.object({ heads: z.array(z.object(head)), signature: z.string() }),
  ...head,
});

/** The checkpoints in the log output of a gateway. Other lines are skipped. */
export async function savedCheckpointsIn(path: string): Promise<SavedCheckpoint[]> {
  const saved: SavedCheckpoint[] = [];
  const file = await open(path);
  for await (const line of file.readLines()) {
    if (!line.includes('audit checkpoint')) continue;
    const { data } = lineSchema.safeParse(jsonIn(stripVTControlCharacters(line)));
    if (data) saved.push(data);
  }
  return saved;
}

/** A line may have a prefix, such as a time or a name; `npm run demo` puts the message there too. */
function jsonIn(line: string): unknown {
  const start = line.indexOf('{');
  try {
    const found: unknown = JSON.parse(line.slice(start));
    const isShownBefore = line.slice(0, start).trimEnd().endsWith(': audit checkpoint');
    return isShownBefore ? { msg: 'audit checkpoint', ...(found as object) } : found;
  } catch {
    return undefined;
  }
}
