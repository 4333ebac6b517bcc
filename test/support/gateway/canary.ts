const windowLength = 16;

/**
 * The windows of a secret that are found in a text: every run of 16 characters, as it is, in base64 at any alignment,
 * in hex, and escaped for JSON and for a URL. An empty result means that no part of the secret is in the text.
 *
 * @param open text that is public: a certificate shares its public key, and the names of algorithms, with its private key.
 */
export function findSecret(text: string, secret: string, open = ''): string[] {
  const openForms = formsOf(open).join('\n');
  const windows = new Set(formsOf(secret).flatMap(windowsOf));
  return [...runsIn(text, windows)].filter((window) => !openForms.includes(window));
}

/** Those of the windows that are in the text. One pass over the text, which is megabytes, for thousands of windows. */
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
