import { GraphQLError, GraphQLScalarType } from 'graphql';
import { isLikeRfc3339 } from '../../../platform/context/rfc3339.js';

/** The text that Cloudflare sent: a `Date` would lose its microseconds. The field that takes it checks the calendar. */
export const DateTime = new GraphQLScalarType<string | null, string>({
  name: 'DateTime',
  description: "An RFC 3339 date and time; Cloudflare's own as it reports them.",
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => {
    if (typeof value === 'string' && isLikeRfc3339(value)) return value;
    throw new GraphQLError('Cloudflare reported something that is no date and time.', {
      extensions: { code: 'UPSTREAM_INVALID' },
    });
  },
  parseValue: (value) => {
    if (typeof value === 'string' && isLikeRfc3339(value)) return value;
    throw new GraphQLError('A DateTime is an RFC 3339 date and time, for example 2026-01-01T00:00:00Z.');
  },
});

const notAKey = 'A PrivateKey is a PEM text, and is given as a variable.';

/** Its error messages are constant, so that they repeat nothing of the input. */
export const PrivateKey = new GraphQLScalarType<string, never>({
  name: 'PrivateKey',
  description:
    'A private key, PEM. Input only, and only as a variable: it is sent to Cloudflare, then forgotten. Never cached, logged or audited.',
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    throw new GraphQLError(notAKey);
  },
  // Caches, logs and registries store documents, and would store a key that a document holds.
  parseLiteral: () => {
    throw new GraphQLError(notAKey);
  },
  serialize: () => {
    throw new GraphQLError('A PrivateKey is never shown.');
  },
});
