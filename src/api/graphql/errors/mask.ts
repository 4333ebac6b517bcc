const pem = /-----BEGIN[^]*/;
const longRun = /[A-Za-z0-9+/=_-]{16,}/g;

/** A message without what may be part of a key or token: PEM, or a long run of base64 that is no name in `open`. */
export function masked(message: string, open: ReadonlySet<string> = nothing): string {
  return message.replace(pem, '[removed]').replace(longRun, (run) => (open.has(run) ? run : '[removed]'));
}

const nothing = new Set<string>();

const variablePath = /^\$?\w{1,15}(?:\.[A-Za-z]{1,15}|\[\d{1,4}\])*$/;

/** Rewrites a message of graphql-js, which prints the whole invalid value, a key too (graphql/graphql-js#2629). */
export function withoutValues(message: string): string {
  const variable = /^Variable "\$(\w{1,40})" got invalid value /.exec(message)?.[1];
  if (variable !== undefined) {
    const path = / at "([^"]*)"; /.exec(message)?.[1] ?? '';
    const place = variablePath.test(path) ? path : variable;
    return `Variable "$${variable}" got an invalid value at "${place}"; ${reasonIn(message)}`;
  }
  // Of a literal, the message keeps what was expected, and loses what was found.
  return message.replace(/,? (?:but )?found [^]*$/i, '.').replace(/: (?:"[^]*|\{[^]*|\[[^]*)$/, '.');
}

function reasonIn(message: string): string {
  const required = /; Field "(\w{1,40})" of required type "([\w![\]]{1,60})" was not provided\.$/.exec(
    message,
  );
  if (required) return `Field "${required[1]}" of required type "${required[2]}" was not provided.`;
  const unknown =
    /; Field "[^]*" is not defined by type "(\w{1,60})"\.(?: Did you mean [^"]*(?:"\w+"[^"]*)+)?$/.exec(
      message,
    );
  if (unknown) return `A field is not defined by type "${unknown[1]}".`;
  const expected = /; Expected (?:non-nullable )?type "([\w![\]]{1,60})"/.exec(message);
  if (expected) return `Expected type "${expected[1]}".`;
  return 'It does not fit its type.';
}
