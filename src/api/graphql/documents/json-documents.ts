import { z } from 'zod';
import { type StoredDocument, UnusableDocuments } from './stored-document.js';

const manifestFormat = 'apollo-persisted-query-manifest';

const manifestSchema = z
  .object({
    format: z.literal(manifestFormat, `must be ${manifestFormat}`),
    version: z.literal(1, 'must be 1'),
    operations: z.array(z.object({ id: z.string(), body: z.string() }), 'must be a list'),
  })
  .transform(({ operations }) =>
    operations.map(({ id, body }, index) => ({ place: `operations[${index}]`, id, text: body })),
  );

/** What Relay and GraphQL Code Generator write: the text of each document by its id. */
const mapSchema = z
  .record(z.string(), z.string('must be the text of a document'), 'must be a JSON object of documents')
  .transform((texts) => Object.entries(texts).map(([id, text]) => ({ place: id, id, text })));

/**
 * The documents of a JSON file, in either form.
 *
 * @throws UnusableDocuments
 */
export function documentsInJson(file: string, text: string): StoredDocument[] {
  const value = parsed(file, text);
  const isManifest = typeof value === 'object' && value !== null && 'format' in value;
  const { data, error } = (isManifest ? manifestSchema : mapSchema).safeParse(value);
  // The record leaves it out without a word.
  if (data && !isManifest && Object.hasOwn(value as object, '__proto__')) {
    throw new UnusableDocuments(`${file}: __proto__`, 'cannot be the id of a document');
  }
  if (data) return data.map((document) => ({ ...document, place: `${file}: ${document.place}` }));
  const [issue] = error.issues;
  const place = placeOf(issue?.path ?? []);
  throw new UnusableDocuments(place === '' ? file : `${file}: ${place}`, issue?.message ?? 'cannot be used');
}

function parsed(file: string, text: string): unknown {
  try {
    // Windows editors write a byte order mark (RFC 8259 §8.1).
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UnusableDocuments(file, 'is not valid JSON', { cause: error });
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const keys = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return keys.join('').replace(/^\./, '');
}
