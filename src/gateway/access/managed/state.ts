import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Principal } from '../../request/identity.js';
import { type AccessFile, type ApiKey, ofKeys } from './access-file.js';
import { type KnownIssuer, type Verified } from './jwt.js';
import { Rules } from './rules.js';

/** A verified token is verified again after so long, also if it has not expired. */
export const rememberedForMs = 60_000;
const mostRemembered = 10_000;

export interface KnownApiKey extends ApiKey {
  readonly principal: Principal;
  /** On the clock of `Date.now()`. */
  readonly expiresAt: number;
}

/** What an access file says, ready to be asked. Another file makes another state, which remembers no token. */
export class AccessState {
  readonly rules: Rules;
  /** By header. */
  readonly issuers: ReadonlyMap<string, readonly KnownIssuer[]>;
  readonly keys: ReadonlyMap<string, KnownApiKey>;
  /** Tokens that were verified, by their SHA-256. */
  readonly verified = new LRUCache<string, Verified>({ max: mostRemembered, ttl: rememberedForMs });
  /** Of the text of the file, in lower-case hex. */
  readonly sha256: string;

  /** @param contents of the file, and of the files with keys that it names */
  constructor(
    readonly contents: readonly string[],
    readonly file: AccessFile,
    issuers: readonly KnownIssuer[],
  ) {
    this.sha256 = hash('sha256', contents[0] ?? '', 'hex');
    this.rules = new Rules(file);
    this.issuers = Map.groupBy(issuers, ({ issuer }) => issuer.header);
    const principals = new Map(file.keys.map(({ name }) => [name, principalOf(name)]));
    this.keys = new Map(
      file.keys.map((key): [string, KnownApiKey] => [
        key.id,
        {
          ...key,
          principal: principals.get(key.name) ?? principalOf(key.name),
          expiresAt: endOf(key.notAfter),
        },
      ]),
    );
  }
}

const dayMs = 24 * 60 * 60_000;

/** A date is a whole day. */
function endOf(notAfter: string): number {
  return Date.parse(notAfter) + (notAfter.includes('T') ? 0 : dayMs);
}

/** The holder of API keys of a name. */
export function principalOf(name: string): Principal {
  return {
    kind: 'principal',
    type: 'service',
    id: `${ofKeys}|${name}`,
    name,
    knownBy: { key: name },
    claims: {},
  };
}
