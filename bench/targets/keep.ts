import { type Answer } from '../load/client.js';
import { type RunningProcess } from '../machine/running-process.js';

/** Gives the bare Fastify the answer that it returns from now on. */
export async function keep({ origin }: RunningProcess, { contentType, bytes }: Answer): Promise<void> {
  const answer = await fetch(new URL('/kept', origin), {
    method: 'PUT',
    headers: { 'content-type': contentType },
    body: new Uint8Array(bytes),
  });
  if (!answer.ok) throw new Error(`The bare Fastify does not keep an answer: ${answer.status}`);
}
