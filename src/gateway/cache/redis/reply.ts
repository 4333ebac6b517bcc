import { type Before } from '../store/store.js';

/** The replies of LOOK before its deadline. `now` is Redis' time. */
export type InTime = { readonly now: number } & (
  | { readonly kind: 'bypass' }
  | { readonly kind: 'none' }
  | { readonly kind: 'same' }
  | { readonly kind: 'wait'; readonly generation: string }
  | ({ readonly kind: 'hit' } & Kept)
  | ({ readonly kind: 'lead'; readonly isSettling: boolean; readonly nonce: string } & Kept)
);

/** The replies of LOOK and BEGIN. */
export type Reply =
  | InTime
  | ({ readonly now: number; readonly kind: 'begun' } & Before)
  | { readonly now: number; readonly kind: 'late' };

interface Kept {
  /** Names the entry; empty without one. */
  readonly fill: string;
  /** Milliseconds since it was stored. */
  readonly age: number;
  readonly generation: string;
  /** Sealed; empty if the caller has a copy of this fill. */
  readonly value: Buffer;
}

/** @param nonce the one that was sent */
export function replyOf(raw: unknown, nonce: string): Reply {
  const [kind, now, ...rest] = raw as [Buffer, number, ...unknown[]];
  const name = kind.toString('latin1');
  switch (name) {
    case 'same':
    case 'none':
    case 'late':
      return { kind: name, now };
    case 'hit':
      return { kind: 'hit', now, ...keptOf(rest) };
    case 'lead':
      return { kind: 'lead', now, nonce, isSettling: rest[4] === 1, ...keptOf(rest) };
    case 'wait':
      return { kind: 'wait', now, generation: (rest[0] as Buffer).toString('latin1') };
    case 'ok': {
      const [generation, changedAt] = rest as [Buffer, Buffer];
      return {
        kind: 'begun',
        now,
        given: nonce,
        generation: generation.toString('latin1'),
        changedAt: Number(changedAt),
      };
    }
    default:
      return { kind: 'bypass', now };
  }
}

function keptOf(rest: unknown[]): Kept {
  const [fill, age, generation, value] = rest as [Buffer, number, Buffer, Buffer];
  return { fill: fill.toString('latin1'), age, generation: generation.toString('latin1'), value };
}
