/** The replies of LOOK and CONFIRM. */
export type Reply =
  | { readonly kind: 'bypass' }
  | { readonly kind: 'none' }
  | { readonly kind: 'stands'; readonly generation: string }
  | { readonly kind: 'wait'; readonly generation: string; readonly lock: string }
  | ({ readonly kind: 'hit' } & Found)
  | ({ readonly kind: 'lead' } & Leading & Found);

interface Leading {
  /** The time of Redis. */
  readonly now: number;
  readonly isSettling: boolean;
  /** That of the request, which names the lock. */
  readonly nonce: string;
}

/** The entry in Redis. */
export interface Found {
  readonly generation: string;
  /** Names the entry; empty without one. */
  readonly fill: string;
  /** Milliseconds since it was stored. */
  readonly age: number;
  /** Sealed; empty if the caller has a copy of this fill. */
  readonly value: Buffer;
}

export function replyOf(raw: unknown): Reply {
  const [kind, generation, ...rest] = raw as [Buffer, Buffer?, ...unknown[]];
  const name = kind.toString('latin1');
  switch (name) {
    case 'stands':
      return { kind: name, generation: textOf(generation) };
    case 'wait':
      return { kind: name, generation: textOf(generation), lock: textOf(rest[0]) };
    case 'hit':
      return { kind: name, ...foundOf(generation, rest) };
    case 'lead':
      return { kind: name, ...foundOf(generation, rest), ...leadingOf(rest.slice(3)) };
    case 'none':
      return { kind: name };
    default:
      return { kind: 'bypass' };
  }
}

function foundOf(generation: Buffer | undefined, rest: unknown[]): Found {
  const [fill, age, value] = rest as [Buffer, number, Buffer];
  return { generation: textOf(generation), fill: textOf(fill), age, value };
}

function leadingOf([now, settling, nonce]: unknown[]): Leading {
  return { now: now as number, isSettling: settling === 1, nonce: textOf(nonce) };
}

export function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : '';
}
