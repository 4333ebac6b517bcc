const windowLength = 16;

export interface Sought {
  readonly secret: string;
  /** Text that is public: a certificate shares its public key, and the names of algorithms, with its private key. */
  readonly open?: string;
}

/**
 * The windows of a secret that are found in a text: every run of 16 characters, as it is, in base64 at any alignment,
 * in hex, and escaped for JSON and for a URL. An empty result means that no part of the secret is in the text.
 */
export function findSecret(text: string, secret: string, open = ''): string[] {
  return searchFor([{ secret, open }])(text);
}

/** The same for several secrets and for any number of texts: the windows are made once. */
export function searchFor(sought: readonly Sought[]): (text: string) => string[] {
  const windows = new Set<string>();
  for (const { secret, open = '' } of sought) {
    const openForms = formsOf(open).join('\n');
    for (const window of formsOf(secret).flatMap(windowsOf)) {
      if (!openForms.includes(window)) windows.add(window);
    }
  }
  const long = [...windows].filter(({ length }) => length === windowLength);
  const short = new Set([...windows].filter(({ length }) => length < windowLength));
  const pieces = new Set(long.flatMap(piecesOf));
  return (text) => [...new Set([...longRunsIn(text, windows, pieces), ...runsIn(text, short)])];
}

const pieceLength = 8;
/** A window that is anywhere in a text has a piece that begins at a multiple of this: most of the text need not be looked at. */
const pieceStep = windowLength - pieceLength + 1;

function piecesOf(window: string): string[] {
  return Array.from({ length: pieceStep }, (_, start) => window.slice(start, start + pieceLength));
}

function longRunsIn(text: string, windows: ReadonlySet<string>, pieces: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (let at = 0; at + pieceLength <= text.length; at += pieceStep) {
    if (!pieces.has(text.slice(at, at + pieceLength))) continue;
    for (let start = Math.max(0, at - pieceStep + 1); start <= at; start++) {
      const run = text.slice(start, start + windowLength);
      if (windows.has(run)) found.add(run);
    }
  }
  return found;
}

/** One pass over the text for each length. */
function runsIn(text: string, windows: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const length of new Set([...windows].map((window) => window.length))) {
    for (let start = 0; start + length <= text.length; start++) {
      const run = text.slice(start, start + length);
      if (windows.has(run)) found.add(run);
    }
  }
  return found;
}

function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    ...[0, 1, 2].flatMap((shift) => {
      const aligned = Buffer.from(secret).subarray(shift);
      return [aligned.toString('base64'), aligned.toString('base64url')];
    }),
  ];
}

function windowsOf(form: string): string[] {
  const length = Math.min(windowLength, form.length);
  const windows = Array.from({ length: form.length - length + 1 }, (_, start) =>
    form.slice(start, start + length),
  );
  // Every PEM has these lines.
  return windows.filter((window) => !/-----|BEGIN|END|KEY/.test(window));
}
