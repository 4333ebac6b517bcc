import { codeOf } from '../../../platform/errors/code-of.js';
import { tlsRefusal } from '../../../platform/errors/tls-refusal.js';
import { AuditStoreError } from '../record/store.js';

/** By SQLSTATE, or by its class of two. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const states: Readonly<Record<string, string>> = {
  '08': 'the connection failed',
  '22': 'a record is not what the tables take',
  '23505': 'a record is there already',
  '25006': 'it takes no changes, as a standby does',
  '28': 'the user or the password is refused',
  '3D000': 'there is no such database',
  '3F000': 'there is no schema to make tables in',
  '42501': 'the role lacks a privilege',
  '42P01': 'the tables are gone',
  '53100': 'its disk is full',
  '53200': 'it is out of memory',
  '53300': 'it has too many connections',
  '55000': 'it does not take this now',
  '57014': 'it took too long',
  '57P01': 'it is shutting down',
  '57P02': 'it crashed',
  '57P03': 'it is starting or shutting down',
  '58': 'its system failed',
  XX: 'its data is damaged, or it has a bug',
};

const connections: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  ETIMEDOUT: 'it did not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
};

type Patterns = readonly (readonly [RegExp, string])[];

function match(patterns: Patterns, message: string): string | undefined {
  return patterns.find(([pattern]) => pattern.test(message))?.[1];
}

/** Messages of a pooler. Its SQLSTATEs do not tell them apart, and change between versions. */
const saidByPoolers: Patterns = [
  [
    /transaction blocks not allowed/,
    'the pooler is in statement pooling: let it pool transactions or sessions',
  ],
  [/no such database/, 'the pooler knows no such database'],
  [/no such user|SASL authentication failed|auth.* failed/i, 'the user or the password is refused'],
  [/database .* is disabled/, 'the pooler has that database disabled'],
  [/no more connections allowed/, 'the pooler has too many connections'],
  [/query_wait_timeout/, 'the pooler had no connection free in time'],
  [
    /server login has been failing|server login failed|cannot connect to server/,
    'the pooler cannot log in to PostgreSQL',
  ],
  [/server conn crashed|server closed|server connection/, 'the pooler lost its connection to PostgreSQL'],
  [/shutting down/, 'the pooler is shutting down'],
];
/** The name of the parameter is no secret, and tells what to add to `ignore_startup_parameters`. */
const parameter = /unsupported startup parameter(?: in options)?: ([a-z_.]{1,60})/i;

function saidByPooler(message: string): string | undefined {
  const name = parameter.exec(message)?.[1];
  if (name !== undefined) return `the pooler refuses the start-up parameter ${name}`;
  return match(saidByPoolers, message);
}

/** Whether the problem lasts until someone changes a setting. By the text, because the writer passes on nothing else. */
export function isLasting(message: string): boolean {
  return lasting.test(message) || tlsRefusal.test(message);
}

const lasting = new RegExp(
  [
    ...['statement pooling', 'start-up parameter', 'no such database', 'no schema', 'database disabled'],
    ...['password is refused', 'wants a password', 'lacks a privilege', 'TLS could not', 'ENOTFOUND'],
    ...['would lose records', 'may not make them', 'not of this program', 'a newer release', 'has a rule'],
  ].join('|'),
);

/** Messages of pg without a code. They are matched, never repeated. */
const saidByPg: Patterns = [
  [/timeout/i, 'it did not answer in time'],
  [/connection (terminated|error)/i, 'the connection was cut'],
  [/password/i, 'it wants a password, and has not been given the right one'],
  [/SSL/, 'TLS could not be agreed on'],
];

/** SQLSTATEs after which the server has stored nothing. */
const refusals = /^(22|23|25|42|53|57014)/;

/** Undefined if the error is not one of the server. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/** Without the server's own message, which may quote a value of a record or part of the URL. */
export function storeError(error: unknown): AuditStoreError {
  if (error instanceof AuditStoreError) return error;
  const message = String((error as Partial<Error> | null)?.message);
  const state = sqlState(error);
  if (state !== undefined) {
    // PostgreSQL itself does not send these for a connection that is open.
    const byPooler = /^(08|3D|53|57P|58)/.test(state) ? saidByPooler(message) : undefined;
    const words = byPooler ?? states[state] ?? states[state.slice(0, 2)] ?? 'it refused';
    return new AuditStoreError(
      `The audit store failed: ${words} (SQLSTATE ${state}).`,
      !refusals.test(state),
    );
  }
  const code = codeOf(error);
  if (code !== undefined && /^\w+$/.test(code)) {
    const words = connections[code] ?? 'the connection failed';
    return new AuditStoreError(`The audit store cannot be reached: ${words} (${code}).`);
  }
  const words = saidByPooler(message) ?? match(saidByPg, message) ?? 'it is not known why';
  return new AuditStoreError(`The audit store failed: ${words}.`);
}

/** @throws AuditStoreError where `work` fails */
export function understood<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw storeError(error);
  });
}
