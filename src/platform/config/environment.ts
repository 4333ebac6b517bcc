export type Environment = Readonly<Record<string, string | undefined>>;

const quotes = /["'`\u2018\u2019\u201C\u201D]/;
const quoted = new RegExp(`^${quotes.source}|${quotes.source}$`);
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** The value of `<NAME>_PORT`, which Kubernetes sets in every pod for each Service of its namespace. */
const serviceLink = /^(?:tcp|udp|sctp):\/\//i;

export interface CleanEnvironment {
  /** Without invisible characters at the ends. An empty variable counts as absent. */
  readonly values: Readonly<Record<string, string>>;
  /** By the name of the setting. */
  readonly problems: Map<string, string>;
}

/**
 * The variables of those names, trimmed: files of secrets end with a newline, and editors write a byte order mark. Quotes
 * are a problem: they stay if no shell reads the file.
 */
export function cleanEnvironment(environment: Environment, names: readonly string[]): CleanEnvironment {
  const values: Record<string, string> = {};
  const problems = new Map<string, string>();
  for (const name of names) {
    const text = trimmed(environment[name] ?? '');
    if (text === '') continue;
    const problem = problemOf(name, text);
    if (problem) problems.set(name, problem);
    else values[name] = text;
  }
  return { values, problems };
}

/** White space, control and format characters at the ends; `trim()` leaves the last two. */
function trimmed(text: string): string {
  return text.replace(/^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu, '');
}

function problemOf(name: string, text: string): string | null {
  const [hidden] = invisible.exec(text) ?? [];
  if (hidden !== undefined) return `holds ${codePoint(hidden)}, a character that is not shown: remove it`;
  if (quoted.test(text)) {
    const isPair = quotes.test(text[0] ?? '') && quotes.test(text.at(-1) ?? '') && text.length > 1;
    return isPair
      ? 'has quotes around it: remove them'
      : `${quotes.test(text[0] ?? '') ? 'begins' : 'ends'} with a quote: remove it`;
  }
  if (name.endsWith('PORT') && serviceLink.test(text)) {
    return 'holds what Kubernetes sets for a Service of that name: set enableServiceLinks: false for the pod, or set a port number';
  }
  return null;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Variables whose names resemble that of a setting, each with that setting: the default would apply silently. */
export function misspelt(environment: Environment, settings: readonly string[]): [string, string][] {
  return Object.keys(environment).flatMap((name) => {
    const isForeign = settings.includes(name) || serviceLink.test(environment[name] ?? '');
    // Settings of the sandbox.
    if (isForeign || name.startsWith('SANDBOX_') || wellKnown.has(name)) return [];
    const meant = settings.find((setting) => isNear(name, setting));
    return meant === undefined ? [] : [[name, meant]];
  });
}

/** Names that resemble a setting, and that other programs read. */
const wellKnown = new Set([
  ...['HOSTS', 'PORTS', 'POST', 'SORT', 'COST', 'LOST', 'GHOST'],
  // npm sets NODE for each script.
  ...['NODE', 'CODE', 'MODEL'],
]);

function isNear(name: string, setting: string): boolean {
  const plain = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  // A short name resembles too many words.
  const most = setting.length > 8 ? 2 : 1;
  return distance(plain(name), plain(setting), most) <= most;
}

/** The edit distance (Damerau-Levenshtein, optimal string alignment). */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + other);
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && isSwapped) least = Math.min(least, at(i - 2, j - 2) + 1);
      row.push(least);
    }
  }
  return at(a.length, b.length);
}
