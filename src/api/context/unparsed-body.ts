/** The body of a request that may be answered without parsing it. */
export class UnparsedBody {
  constructor(
    private readonly bytes: Buffer,
    private readonly parser: (bytes: Buffer) => unknown,
  ) {}

  /** A character for each byte: equal bodies have equal texts. */
  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** @throws GatewayError `body_not_json` */
  parse(): unknown {
    return this.parser(this.bytes);
  }
}
