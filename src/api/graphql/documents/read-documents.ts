import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { documentsInJson } from './json-documents.js';
import { type StoredDocument, UnusableDocuments } from './stored-document.js';

/** Of all texts together: they stay in memory. */
const mostMiB = 8;
/** Of a folder: `/` is named by mistake. */
const mostEntries = 10_000;

const extension = '.graphql';

/**
 * The documents of a JSON file, of a `.graphql` file, or of all `.graphql` files of a folder.
 *
 * @throws UnusableDocuments if there are none, or any of them cannot be read
 */
export async function readDocuments(path: string): Promise<StoredDocument[]> {
  const isFolder = (await statOf(path)).isDirectory();
  const isGraphQL = isFolder || path.endsWith(extension);
  const budget = { bytes: mostMiB * 1024 * 1024, entries: mostEntries };
  const files = isFolder ? await filesIn(path, path, budget) : [path];
  const documents: StoredDocument[] = [];
  for (const file of files) {
    const text = await textOf(file, path, budget);
    documents.push(...(isGraphQL ? [{ place: file, id: null, text }] : documentsInJson(file, text)));
  }
  if (documents.length > 0) return documents;
  throw new UnusableDocuments(path, isFolder ? `has no ${extension} file` : 'has no documents');
}

interface Budget {
  bytes: number;
  entries: number;
}

/**
 * Sorted, so that two starts report the same problem. Hidden entries are left out: Kubernetes mounts a ConfigMap as links to files
 * in a hidden folder beside them. Linked folders are not followed, since they may lead in a circle.
 */
async function filesIn(folder: string, root: string, budget: Budget): Promise<string[]> {
  const entries = await attempt(folder, () => readdir(folder, { withFileTypes: true }));
  budget.entries -= entries.length;
  if (budget.entries < 0) throw new UnusableDocuments(root, `has more than ${mostEntries} entries`);
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesIn(path, root, budget)));
    else if (entry.name.endsWith(extension)) found.push(path);
  }
  return found;
}

async function textOf(file: string, root: string, budget: Budget): Promise<string> {
  // Before it is opened: a pipe would wait for a writer.
  const stats = await statOf(file);
  if (!stats.isFile()) throw new UnusableDocuments(file, 'must be a file or a folder');
  const tooLarge = new UnusableDocuments(root, `has more than ${mostMiB} MiB of documents`);
  if (stats.size > budget.bytes) throw tooLarge;
  const bytes = await attempt(file, () => readFile(file));
  budget.bytes -= bytes.length;
  if (budget.bytes < 0) throw tooLarge;
  if (!isUtf8(bytes)) throw new UnusableDocuments(file, 'is not UTF-8 text');
  return bytes.toString('utf8');
}

function statOf(path: string) {
  return attempt(path, () => stat(path));
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new UnusableDocuments(path, problem, { cause: error });
  }
}
