import { type Random } from '../support/basics/random.js';
import { type Header } from './headers.js';

export interface Credential {
  readonly headers: readonly Header[];
  /** What of it is secret: it is also sent in places where it does not belong. */
  readonly secrets: readonly string[];
}

export interface Callers {
  /** One that may do everything. */
  readonly ordinary: Credential;
  /** Any credential: right, wrong, missing, malformed or two at once. */
  credential(random: Random): Credential;
  /** What may be in no answer and no log. */
  readonly secrets: readonly string[];
  /** What the audit log keeps as the identity of a caller, and nothing else has. */
  readonly addresses: readonly string[];
  /** The same of callers that may search the audit log: it shows them their own. */
  readonly shownAddresses: readonly string[];
}

/** A way to run the gateway that has callers of its own kind. */
export interface Mode {
  readonly name: string;
  /** @param folder for the files of the installation */
  begin(random: Random, folder: string): Promise<Installation>;
}

interface Installation {
  readonly settings: Readonly<Record<string, string>>;
  readonly callers: Callers;
}

/** An `Authorization` that resembles a right one. */
export function misspelt(random: Random, value: string): string {
  return random.of([
    value,
    `Basic ${Buffer.from(`user:${value}`).toString('base64')}`,
    `Basic ${value}`,
    `bearer ${value}`,
    `Bearer  ${value}`,
    `Bearer\t${value}`,
    `Bearer ${value} x`,
    `Bearer ${value}, Bearer ${value}`,
    `Bearer "${value}"`,
    `Bearer ${value}\xe9`,
    `Bearer${value}`,
    `Token token=${value}`,
    'Bearer',
    'Bearer ',
    '',
  ]);
}
