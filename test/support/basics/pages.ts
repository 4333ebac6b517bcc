import { readdirSync } from 'node:fs';

/** The pages that people read, but for the decisions, below the root of the repository. */
export function pages(): string[] {
  const own = readdirSync('.').filter((name) => name.endsWith('.md'));
  const docs = readdirSync('docs').filter((name) => name.endsWith('.md'));
  return [...own, ...docs.map((name) => `docs/${name}`)].sort();
}

/** The content of the fenced blocks of a language, in their order. */
export function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, given]) => given === language)
    .map(([, , content = '']) => content);
}

/** Where links and pictures lead, other servers left out. */
export function linksOf(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Of the headings, as GitHub makes them. */
export function anchorsOf(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The cells of the table whose first heading is this, without the row of headings. */
export function rowsOf(page: string, firstHeading: string): string[][] {
  const lines = page.split('\n').map((line) => line.trim());
  const begin = lines.findIndex((line) => cellsOf(line)[0] === firstHeading);
  if (begin < 0) throw new Error(`There is no table that begins with ${firstHeading}.`);
  const behind = lines.slice(begin + 2);
  const end = behind.findIndex((line) => !line.startsWith('|'));
  return behind.slice(0, end < 0 ? undefined : end).map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function withoutBlocks(page: string): string {
  return page.replaceAll(/^```.*?^```$/gms, '');
}
