import { open } from 'node:fs/promises';
import { z } from 'zod';
import { type SavedCheckpoint } from './verify-walk.js';

const head = { writer: z.string(), seq: z.int(), hash: z.string() };

const lineSchema = z.object({
  msg: z.literal('audit checkpoint'),
  checkpoint: z.object({ heads: z.array(z.object(head)), signature: z.string() }),
  ...head,
});

/** The checkpoints among what a gateway has printed; all other lines are passed over. */
export async function savedCheckpointsIn(path: string): Promise<SavedCheckpoint[]> {
  const saved: SavedCheckpoint[] = [];
  const file = await open(path);
  for await (const line of file.readLines()) {
    if (!line.includes('"audit checkpoint"')) continue;
    const { data } = lineSchema.safeParse(jsonIn(line));
    if (data)
      saved.push({ checkpoint: data.checkpoint, writer: data.writer, seq: data.seq, hash: data.hash });
  }
  return saved;
}

/** Whoever saves them may put a time or a name before each line. */
function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line.slice(line.indexOf('{')));
  } catch {
    return undefined;
  }
}
