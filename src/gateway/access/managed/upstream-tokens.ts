import { Secret } from '../../../platform/context/secret.js';
import { SettingsError } from '../../../platform/config/settings.js';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';
import { type TokenVerdict, type VerifyToken } from '../access-policy.js';
import { type Upstream } from './access-file.js';
import { readToken, type TokenPlace } from './token-files.js';

type TokenCredential = Extract<Credential, { kind: 'token' }>;

/** After no answer, and while a token is in use, so that its expiry and its revocation show. */
const verifiedAgainAfterMs = { unknown: 10_000, active: 10 * 60_000, refused: 60_000 };

/** A token, and what Cloudflare says of it. */
interface Held {
  readonly credential: TokenCredential;
  verdict: TokenVerdict | null;
  verifiedAt: number;
  /** Cloudflare may take longer to answer than passes between two looks. */
  isAsked: boolean;
}

interface Place {
  at: TokenPlace;
  /** The token that calls are made with; null until one is verified, or cannot be. */
  current: Held | null;
  /** A token that has to be verified before it takes the place of the current one. */
  next: Held | null;
}

/** What `Tokens` tells of each token. */
export interface TokenStatus {
  readonly upstream: string;
  readonly use: 'write' | 'read';
  readonly expiresAt: Date | null;
}

interface TokenEvents {
  /** Called when calls are made with another token. */
  readonly onChange: (place: TokenPlace) => void;
  /** @param trouble null when it is over */
  readonly onTrouble: (upstream: string, trouble: string | null) => void;
}

/** The tokens of the gateway for Cloudflare. A new one is verified first, and then takes the place of the old one. */
export class UpstreamTokens {
  private readonly places = new Map<string, Place>();
  /** The same by upstream and use: asked for each part of each hit. */
  private inUse = new Map<string, { read?: Credential; write?: Credential }>();
  private readonly fileTroubles = new Map<string, string>();

  constructor(private readonly events: TokenEvents) {}

  /** The tokens that are in use. */
  get all(): TokenStatus[] {
    return [...this.places.values()].flatMap(({ at: { upstream, use }, current }) =>
      current?.verdict?.status === 'active' ? [{ upstream, use, expiresAt: current.verdict.expiresAt }] : [],
    );
  }

  /** The credential for calls of a kind; null if it cannot be used. Calls that are under way keep the one that they have. */
  credentialFor({ name }: Upstream, kind: Operation['kind']): Credential | null {
    const { read, write } = this.inUse.get(name) ?? {};
    return (kind === 'read' ? (read ?? write) : write) ?? null;
  }

  /** Reads all token files, and verifies those that are new. Resolves to the refusals by Cloudflare, in words. */
  async look(places: readonly TokenPlace[], verify: VerifyToken): Promise<string[]> {
    const names = new Set(places.map(nameOf));
    const gone = [...this.places].filter(([name]) => !names.has(name));
    for (const [name] of gone) {
      this.places.delete(name);
      this.fileTroubles.delete(name);
    }
    this.index();
    const refusals = await Promise.all(places.map((at) => this.lookAt(at, verify)));
    // The trouble of an upstream that the access file does not name any more is over.
    const told = [...gone.map(([, { at }]) => at), ...places].map(({ upstream }) => upstream);
    for (const upstream of new Set(told)) this.tell(upstream);
    return refusals.filter((refusal) => refusal !== null);
  }

  /** Verifies a token soon that Cloudflare has just refused. */
  doubt(credential: Credential): string | null {
    for (const { at, current } of this.places.values()) {
      if (current?.credential !== credential) continue;
      current.verifiedAt = Math.min(current.verifiedAt, performance.now() - verifiedAgainAfterMs.active);
      return at.upstream;
    }
    return null;
  }

  private async lookAt(at: TokenPlace, verify: VerifyToken): Promise<string | null> {
    const place = this.placeOf(at);
    const token = this.tokenIn(at);
    if (token !== null && token !== place.current?.credential.token.reveal()) {
      if (token !== place.next?.credential.token.reveal()) place.next = held(token);
    } else if (token !== null) {
      place.next = null;
    }
    const due = [place.next, place.current].find((each) => each && isDue(each));
    if (!due) return null;
    due.isAsked = true;
    const verdict = await verify(due.credential, at.accountId).finally(() => (due.isAsked = false));
    due.verifiedAt = performance.now();
    // A token that Cloudflare has accepted stays accepted while Cloudflare does not answer.
    if (verdict.status !== 'unknown' || due.verdict?.status !== 'active') due.verdict = verdict;
    // Without an answer a token is used if there is no other: Cloudflare may be away for all calls.
    const isUsable = verdict.status === 'active' || (verdict.status === 'unknown' && !place.current);
    if (due === place.next && isUsable) {
      place.current = due;
      place.next = null;
      this.index();
      this.events.onChange(at);
    }
    return verdict.status === 'refused'
      ? `${at.named}: Cloudflare refuses the token in ${at.path}: ${verdict.reason}`
      : null;
  }

  private index(): void {
    this.inUse = new Map();
    for (const { at, current } of this.places.values()) {
      if (!current) continue;
      this.inUse.set(at.upstream, { ...this.inUse.get(at.upstream), [at.use]: current.credential });
    }
  }

  private placeOf(at: TokenPlace): Place {
    const known = this.places.get(nameOf(at));
    if (known) return Object.assign(known, { at });
    const place = { at, current: null, next: null };
    this.places.set(nameOf(at), place);
    return place;
  }

  /** Null if the file cannot be used now: the token that is known stays in use. */
  private tokenIn(at: TokenPlace): string | null {
    try {
      const { token } = readToken(at);
      this.fileTroubles.delete(nameOf(at));
      return token;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      this.fileTroubles.set(nameOf(at), error.problems.join(' '));
      return null;
    }
  }

  private tell(upstream: string): void {
    const own = [...this.places.values()].filter(({ at }) => at.upstream === upstream);
    const troubles = own.flatMap(({ at, current, next }) => {
      const inFile = this.fileTroubles.get(nameOf(at));
      if (inFile !== undefined) return [inFile];
      const verdict = next?.verdict ?? current?.verdict;
      if (!verdict || verdict.status === 'active') return [];
      const which = next ? 'the new ' : 'the ';
      return [
        verdict.status === 'refused'
          ? `Cloudflare refuses ${which}${at.use} token: ${verdict.reason}`
          : `${which}${at.use} token is not verified: ${verdict.reason}`,
      ];
    });
    this.events.onTrouble(upstream, troubles.length > 0 ? troubles.join('; ') : null);
  }
}

function nameOf({ upstream, use }: TokenPlace): string {
  return `${upstream} ${use}`;
}

function held(token: string): Held {
  return {
    credential: { kind: 'token', token: new Secret(token) },
    verdict: null,
    verifiedAt: -Infinity,
    isAsked: false,
  };
}

function isDue({ verdict, verifiedAt, isAsked }: Held): boolean {
  if (isAsked) return false;
  return !verdict || performance.now() - verifiedAt >= verifiedAgainAfterMs[verdict.status];
}
