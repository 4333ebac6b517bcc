/** Cloudflare's envelope, as far as anything here relies on it; members that nobody documented stay in. */
export interface Envelope {
  readonly success: boolean;
  readonly result?: unknown;
  readonly errors?: readonly { readonly code?: number; readonly message?: string }[];
  readonly [member: string]: unknown;
}

/** What upstream answered: the bytes to pass on, and on demand what they say. */
export class Answer {
  #envelope: Envelope | undefined;

  constructor(
    readonly status: number,
    readonly body: Buffer,
    /** Only those that may be passed on, by lower-case name. */
    readonly headers: Readonly<Record<string, string>>,
    envelope?: Envelope,
  ) {
    this.#envelope = envelope;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get envelope(): Envelope {
    return (this.#envelope ??= JSON.parse(this.body.toString()) as Envelope);
  }
}
