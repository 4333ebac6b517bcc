import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Principal } from '../../request/identity.js';
import { headersOfCloudflare } from '../secret-headers.js';
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
  /** The headers that may say who sends a request, those of Cloudflare first: these are refused. */
  readonly carriers: readonly string[];
  /** Tokens that were verified, by the SHA-256 of header and token: a token is accepted in the header of its issuer alone. */
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
    this.carriers = [...new Set([...headersOfCloudflare, 'authorization', ...this.issuers.keys()])];
    this.keys = new Map(
      file.keys.map((key): [string, KnownApiKey] => [
        key.id,
        { ...key, principal: principalOf(key), expiresAt: endOf(key.notAfter) },
      ]),
    );
  }

  /** Whether the file still has the issuer or the API key that a caller is known by. The caller may be of the state before. */
  knows({ knownBy }: Principal): boolean {
    if ('keyId' in knownBy) return this.keys.get(knownBy.keyId)?.name === knownBy.key;
    return this.file.issuers.some(({ name }) => name === knownBy.issuer);
  }
}

const dayMs = 24 * 60 * 60_000;

/** A date is a whole day. */
function endOf(notAfter: string): number {
  return Date.parse(notAfter) + (notAfter.includes('T') ? 0 : dayMs);
}

/** The holder of an API key. */
export function principalOf({ id, name }: Pick<ApiKey, 'id' | 'name'>): Principal {
  return {
    kind: 'principal',
    type: 'service',
    id: `${ofKeys}|${name}`,
    name,
    knownBy: { key: name, keyId: id },
    claims: {},
  };
}
