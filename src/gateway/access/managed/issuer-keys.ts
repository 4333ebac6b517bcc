import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type RemoteJWKSet,
} from 'jose';
import { fetchWithin } from './fetch-within.js';

const timeoutMs = 5000;
/** Between two fetches for a key that is not in the set. */
const coolDownMs = 30_000;
/** A set is fetched again after this, in the background. */
const refreshedAfterMs = 10 * 60_000;
/** For how long the last good set counts while the issuer does not answer. */
const keptForMs = 24 * 60 * 60_000;
/** Between two attempts at an issuer that does not answer. */
const againAfterMs = 5000;
const mostBytes = 1024 * 1024;

/** The issuer did not answer, or not with public keys. */
export class IssuerAway extends Error {
  override readonly name = 'IssuerAway';
}

type GetKey = (...[header, token]: Parameters<RemoteJWKSet>) => ReturnType<RemoteJWKSet>;

/**
 * The public keys of an issuer, by URL. The set is fetched when it is first needed, every ten minutes while it is in use, and when a
 * token names a key that is not in it. While the issuer is away, the last good set counts for a day.
 */
export class IssuerKeys {
  private readonly set: RemoteJWKSet;
  private fetchedAt = -Infinity;
  private triedAt = -Infinity;

  constructor(
    url: URL,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.set = createRemoteJWKSet(url, {
      timeoutDuration: timeoutMs,
      cooldownDuration: coolDownMs,
      // The age is checked here: an old set still counts for a while.
      cacheMaxAge: Infinity,
      [customFetch]: (address, { signal, headers }) => this.fetch(new URL(address), signal, headers),
    });
  }

  /** Whether a set was ever fetched and has not become too old. */
  get areKnown(): boolean {
    return this.now() - this.fetchedAt < keptForMs;
  }

  /** @throws IssuerAway if the key is not known, and the issuer cannot be asked for it */
  readonly find: GetKey = async (header, token) => {
    if (!this.areKnown) await this.set.reload();
    else if (this.now() - this.fetchedAt >= refreshedAfterMs && this.mayTry) {
      // The set that is known is used meanwhile, also if this fails.
      void this.set.reload().catch(() => undefined);
    }
    return this.set(header, token);
  };

  private get mayTry(): boolean {
    return this.now() - this.triedAt >= againAfterMs;
  }

  private async fetch(url: URL, signal: AbortSignal, headers: Headers): Promise<Response> {
    if (!this.mayTry) throw new IssuerAway('The issuer was asked a moment ago, and did not answer.');
    this.triedAt = this.now();
    const text = await textAt(url, signal, headers).catch((cause: unknown) => {
      throw new IssuerAway('The issuer does not answer with its public keys.', { cause });
    });
    this.fetchedAt = this.now();
    this.triedAt = -Infinity;
    return new Response(text);
  }
}

/** @throws Error unless it is a usable set: another one would replace the last good set */
async function textAt(url: URL, signal: AbortSignal, headers: Headers): Promise<string> {
  const response = await fetchWithin(url, { signal, headers, mostBytes });
  if (response.status !== 200) throw new Error(`The status of the answer is ${response.status}.`);
  const text = await response.text();
  usableSet(text);
  return text;
}

/** Of public keys that verify signatures. */
const publicTypes: readonly unknown[] = ['RSA', 'EC', 'OKP'];

/**
 * The keys in a text.
 *
 * @throws Error unless it is a JSON Web Key Set with a key that could verify a signature
 */
export function usableSet(text: string): ReturnType<typeof createLocalJWKSet> {
  const set = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  const { keys } = set.jwks();
  const isUsable = keys.some(
    ({ kty, use }) => publicTypes.includes(kty) && (use === undefined || use === 'sig'),
  );
  if (!isUsable) throw new Error('The set has no public keys.');
  return set;
}
