import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type BuildOptions, type Metafile } from 'esbuild';

/** Bundles playground/ into dist/playground with all that the page needs, so that a browser calls no other server. */
const source = 'playground';
const output = 'dist/playground';
const mostBytes = 8 * 1024 * 1024;
/** A running gateway serves the page of the build that it started from, and that page names the files of that build. */
const earlierFilesStayMs = 30 * 24 * 60 * 60 * 1000;

// A gateway may serve the files of an earlier build. The new files are moved beside them when all are made.
const made = await mkdtemp('dist/playground-');
const assets = join(made, 'assets');

const common = {
  bundle: true,
  minify: true,
  metafile: true,
  outdir: assets,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  legalComments: 'linked',
  target: 'es2022',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
} as const satisfies BuildOptions;

const workers = outputsOf(
  await build({
    ...common,
    format: 'iife',
    entryPoints: {
      editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
      graphql: 'monaco-graphql/esm/graphql.worker.js',
      json: 'monaco-editor/esm/vs/language/json/json.worker.js',
    },
  }),
);
const page = outputsOf(
  await build({
    ...common,
    format: 'esm',
    splitting: true,
    entryPoints: { main: join(source, 'main.ts') },
    define: { ...common.define, workerFiles: JSON.stringify(workers) },
    // Monaco's modules import their styles, which GraphiQL's style sheet already holds.
    loader: { '.css': 'empty' },
  }),
);
const styles = outputsOf(
  await build({
    ...common,
    entryPoints: { style: join(source, 'style.css'), icon: join(source, 'icon.svg') },
    loader: { '.svg': 'copy' },
  }),
);

const names: Record<string, string> = { ...page, ...styles };
const template = await readFile(join(source, 'index.html'), 'utf8');
// The server fills in the other placeholders.
await writeFile(
  join(made, 'index.html'),
  template.replace(/%(\w+)%/g, (placeholder, name: string) => names[name] ?? placeholder),
);

const bytes = await sizeOf(assets);
await compressAll(assets);
if (bytes > mostBytes) throw new Error(`The playground takes ${bytes} bytes, more than ${mostBytes}.`);
await putInPlace();
process.stdout.write(`The playground: ${(bytes / 1024 / 1024).toFixed(1)} MB in ${output}\n`);

/** Maps the names of the entry points to the names of their output files. */
function outputsOf({ metafile }: { metafile: Metafile }): Record<string, string> {
  const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint !== undefined);
  return Object.fromEntries(
    entries.map(([file]) => [basename(file).replace(/-[A-Z0-9]+\.\w+$/, ''), basename(file)]),
  );
}

/** Moves the page last, after the files that it names. */
async function putInPlace(): Promise<void> {
  const place = join(output, 'assets');
  await mkdir(place, { recursive: true });
  const current = new Set(await readdir(assets));
  for (const name of current) await rename(join(assets, name), join(place, name));
  await rename(join(made, 'index.html'), join(output, 'index.html'));
  await rm(made, { recursive: true });
  for (const name of await readdir(place)) {
    const file = join(place, name);
    if (current.has(name)) continue;
    if (Date.now() - (await stat(file)).mtimeMs > earlierFilesStayMs) await rm(file);
  }
}

/** Writes compressed forms beside each file, so that the gateway never compresses them. */
async function compressAll(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const content = await readFile(file);
    const [br, gz] = await Promise.all([
      promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
      promisify(gzip)(content, { level: 9 }),
    ]);
    await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
  }
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
