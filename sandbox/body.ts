import { type z } from 'zod';
import { refusals } from './errors.js';

/**
 * Unknown members are ignored: Cloudflare's own documentation sends one (`bundle_method`).
 *
 * @throws 400 that names the wrong member
 */
export function readBody<T extends z.ZodType>(schema: T, text: string | undefined): z.output<T> {
  const read = schema.safeParse(parseJson(text ?? ''));
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw refusals.invalidBody(`${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not accepted'}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.notJson();
  }
}
