import { expect } from '@jest/globals';
import { findSecret } from '../gateway/canary.js';
import { ask } from '../graphql/graphql.js';
import { codeOf } from '../http/http.js';
import { pathOf, seededZone } from '../http/requests.js';
import { type ManagedStage } from './managed-stage.js';

type Headers = Readonly<Record<string, string>>;

/** Secrets that must not be seen in any answer, log or record of a stage. */
const sent = new WeakMap<ManagedStage, Set<string>>();
const answers = new WeakMap<ManagedStage, string[]>();

/** Keeps in mind what `expectNothingLeaked` looks for. */
function remember(stage: ManagedStage, headers: Headers, answer: unknown): void {
  const known = sent.get(stage) ?? new Set();
  // The header of a JWT is the same for all.
  for (const value of Object.values(headers))
    for (const part of value.split(/[\s,.]+/)) if (part.length >= 32) known.add(part.slice(-200));
  sent.set(stage, known);
  answers.set(stage, [...(answers.get(stage) ?? []), JSON.stringify(answer)]);
}

/** Makes a read, a change, and an operation with these headers: each is refused with 401, and nothing is sent. */
export async function expectUnknown(stage: ManagedStage, headers: Headers, message = /./): Promise<void> {
  stage.recorder.forget();
  const read = await stage.ask('GET', pathOf('/settings'), { headers });
  const change = await stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });
  const query = `{ zone(id: "${seededZone}") { settings { enabled } } }`;
  const operation = await ask(stage.gateway, query, {}, headers);

  for (const reply of [read, change]) {
    const text = reply.body.toString();
    expect({ status: reply.status, code: codeOf(reply), text }).toEqual({ status: 401, code: 99010, text });
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer realm="origin-pulls-gateway"/);
    expect(text).toMatch(message);
    remember(stage, headers, { text, headers: reply.headers });
  }
  expect(operation).toMatchObject({
    status: 401,
    data: null,
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
  expect(operation.headers['www-authenticate']).toMatch(/^Bearer realm=/);
  remember(stage, headers, operation);
  expect(stage.recorder.exchanges).toEqual([]);
}

/** Makes a read with these headers, which is answered. */
export async function expectKnown(stage: ManagedStage, headers: Headers): Promise<void> {
  const reply = await stage.ask('GET', pathOf('/settings'), { headers });
  expect({ status: reply.status, text: reply.body.toString() }).toMatchObject({ status: 200 });
  remember(stage, headers, { text: reply.body.toString(), headers: reply.headers });
}

/** No piece of what was sent is in an answer, in the log, or in the audit log. */
export async function expectNothingLeaked(stage: ManagedStage): Promise<void> {
  const everything = [
    stage.logged(),
    JSON.stringify(await stage.events()),
    ...(answers.get(stage) ?? []),
  ].join('\n');
  const secrets = [...(sent.get(stage) ?? [])];
  expect(secrets.length).toBeGreaterThan(0);
  const windows = secrets.flatMap((secret) =>
    everything.includes(secret.slice(-16)) ? findSecret(everything, secret) : [],
  );
  expect(windows).toEqual([]);
  expect(findSecret(everything, secrets[0] ?? '')).toEqual([]);
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of these parts, signed with anything. */
export function forged(
  header: object,
  claims: object,
  signature: (signed: string) => Buffer = () => Buffer.alloc(0),
): string {
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${signature(signed).toString('base64url')}`;
}

export const asBearer = (token: string) => ({ authorization: `Bearer ${token}` });
