// The messages of these name code, not data; any other foreign message may quote what was sent.
const messagesToTrust = ['GatewayError', 'TypeError', 'RangeError', 'ReferenceError', 'SettingsError'];

interface ErrorDescription {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: string[];
  readonly cause?: ErrorDescription;
}

/** An error as it may be logged: its kind and where it came from, and never a value that it carries. */
export function describeError(error: unknown): ErrorDescription {
  const { name, code, kind, message, stack, cause } = (error ?? {}) as Partial<Record<string, unknown>>;
  const known = typeof name === 'string' ? name : '';
  const shownCode = kind ?? code;
  return {
    ...(known && { name: known }),
    ...(typeof shownCode === 'string' && { code: shownCode }),
    ...(typeof message === 'string' && messagesToTrust.includes(known) && { message }),
    // A GatewayError says by its kind where it came from; of others, only the frames: the head repeats the message.
    ...(typeof stack === 'string' && known !== 'GatewayError' && { stack: framesOf(stack) }),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}
