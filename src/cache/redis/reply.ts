import { type Before } from '../store.js';

/** What LOOK answers in time. `now` is Redis' time. */
export type InTime = { readonly now: number } & (
  | { readonly kind: 'bypass' | 'same' }
  | { readonly kind: 'wait'; readonly generation: string }
  | ({ readonly kind: 'hit' } & Kept)
  | ({ readonly kind: 'lead'; readonly isSettling: boolean; readonly nonce: string } & Kept)
);

/** What LOOK and BEGIN answer. */
export type Reply =
  | InTime
  | ({ readonly now: number; readonly kind: 'begun' } & Before)
  | { readonly now: number; readonly kind: 'late' };

interface Kept {
  /** The name of what is kept; empty where nothing is. */
  readonly fill: string;
  /** Milliseconds since it was stored. */
  readonly age: number;
  readonly generation: string;
  /** Sealed; empty where the caller said that it holds this fill. */
  readonly value: Buffer;
}

/** The scripts are ours, and so is the shape of what they answer. `nonce` is the one that was sent. */
export function replyOf(raw: unknown, nonce: string): Reply {
  const [kind, now, ...rest] = raw as [Buffer, number, ...unknown[]];
  switch (kind.toString('latin1')) {
    case 'same':
      return { kind: 'same', now };
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
    case 'late':
      return { kind: 'late', now };
    default:
      return { kind: 'bypass', now };
  }
}

function keptOf(rest: unknown[]): Kept {
  const [fill, age, generation, value] = rest as [Buffer, number, Buffer, Buffer];
  return { fill: fill.toString('latin1'), age, generation: generation.toString('latin1'), value };
}
