import { GraphQLError, GraphQLScalarType } from 'graphql';

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** Sent by Cloudflare as text, and passed on as it came: a `Date` would lose its microseconds. */
export const DateTime = new GraphQLScalarType<string | null, string>({
  name: 'DateTime',
  description: "An RFC 3339 date and time; Cloudflare's own as it reports them.",
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => {
    if (typeof value === 'string' && rfc3339.test(value)) return value;
    throw new GraphQLError('Cloudflare reported something that is no date and time.', {
      extensions: { code: 'UPSTREAM_INVALID' },
    });
  },
  parseValue: (value) => {
    if (typeof value === 'string' && rfc3339.test(value)) return value;
    throw new GraphQLError('A DateTime is an RFC 3339 date and time, for example 2026-01-01T00:00:00Z.');
  },
});

const notAKey = 'A PrivateKey is a PEM text, and is given as a variable.';

/** Its errors are constant: whatever was sent, none of it comes back. */
export const PrivateKey = new GraphQLScalarType<string, never>({
  name: 'PrivateKey',
  description:
    'A private key, PEM. Input only, and only as a variable: it is sent to Cloudflare, then forgotten. Never cached, logged or audited.',
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    throw new GraphQLError(notAKey);
  },
  // What stands in a document ends up where documents are kept: caches, logs, registries.
  parseLiteral: () => {
    throw new GraphQLError(notAKey);
  },
  serialize: () => {
    throw new GraphQLError('A PrivateKey is never shown.');
  },
});
