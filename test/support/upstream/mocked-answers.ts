import { type RequestListener, type ServerResponse } from 'node:http';
import { startUpstream, type Upstream } from './upstream.js';

/** What is answered: JSON with status 200, unless it says otherwise. */
export interface Given {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly text?: string;
  readonly json?: unknown;
}

export const success = (result: unknown, more: object = {}): Given => ({
  json: { success: true, errors: [], messages: [], result, ...more },
});

export const refusal = (status: number, errors: unknown, more: object = {}): Given => ({
  status,
  json: { success: false, errors, messages: [], result: null, ...more },
});

/** By method and what follows the prefix of the operations: `PUT /hostnames`. Reads of the settings that are not named succeed. */
export type Answers = Readonly<Record<string, Given>>;

/** An upstream that gives these answers; what is not named is 404 without a body. */
export function startMockedAnswers(answers: Answers): Promise<Upstream> {
  return startUpstream(mockedAnswers(answers));
}

/** The same, for an upstream that there is already. */
export function mockedAnswers(answers: Answers): RequestListener {
  const all: Answers = { 'GET /settings': success({ enabled: true }), ...answers };
  return (incoming, outgoing) => {
    const path = incoming.url?.split('/origin_tls_client_auth')[1] ?? '';
    incoming
      .resume()
      .on('end', () => give(outgoing, all[`${incoming.method} ${path}`] ?? { status: 404, text: '' }));
  };
}

function give(outgoing: ServerResponse, { status = 200, headers = {}, text, json }: Given): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
  outgoing.end(text ?? JSON.stringify(json));
}
