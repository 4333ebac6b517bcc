import { afterAll } from '@jest/globals';
import { type RequestListener } from 'node:http';
import { type RunningGateway, startGateway } from '../gateway/gateway.js';
import { ask, mutate } from './graphql.js';
import { call } from '../http/http.js';
import { type Answers, mockedAnswers, startMockedAnswers } from '../upstream/mocked-answers.js';
import { startUpstream } from '../upstream/upstream.js';
import { anUpload, bearer, seededZone } from '../http/requests.js';

export const id = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';

export const certificate = {
  id,
  status: 'active',
  serial_number: '4578',
  expires_on: '2030-01-01T00:00:00Z',
};

export const hostname = (name: string, more: object = {}) => ({
  hostname: name,
  cert_id: id,
  enabled: true,
  status: 'active',
  ...more,
});

type Used = Required<Pick<RunningGateway, 'url' | 'base' | 'bearer'>>;

let answering: RequestListener | undefined;
let shared: ReturnType<typeof startShared> | undefined;
let times = 0;
afterAll(async () => {
  const { gateway, upstream } = (await shared) ?? {};
  await gateway?.close();
  await upstream?.[Symbol.asyncDispose]();
});

/** One gateway for all the tests of a file, whatever upstream answers in each. */
async function startShared() {
  const upstream = await startUpstream((incoming, outgoing) => answering?.(incoming, outgoing));
  return { upstream, gateway: await startGateway({ upstream: upstream.url }) };
}

/** With a credential of its own, since the gateway remembers which ones were accepted. */
export async function against<T>(answers: Answers, use: (gateway: Used) => Promise<T>): Promise<T> {
  const { gateway } = await (shared ??= startShared());
  answering = mockedAnswers(answers);
  times += 1;
  return use({ ...gateway, bearer: { authorization: `${bearer.authorization}-${times}` } });
}

/** A gateway of its own, whose audit log has these changes alone. */
export async function alone<T>(answers: Answers, use: (gateway: Used) => Promise<T>): Promise<T> {
  await using upstream = await startMockedAnswers(answers);
  const gateway = await startGateway({ upstream: upstream.url });
  try {
    return await use({ ...gateway, bearer });
  } finally {
    await gateway.close();
  }
}

export const read = (answers: Answers, fields: string) =>
  against(answers, (gateway) =>
    ask<{ zone: Record<string, unknown> }>(gateway, `{ zone(id: "${seededZone}") { ${fields} } }`),
  );

export const change = (answers: Answers, ...changes: { hostname: string; action?: string }[]) =>
  against(answers, (gateway) =>
    mutate(gateway, 'updateHostnames', {
      zoneId: seededZone,
      changes: changes.map((each) => ({ certificateId: id, action: 'ENABLE', ...each })),
    }),
  );

export async function upload(answers: Answers) {
  const { certificate, private_key } = await anUpload();
  return against(answers, (gateway) =>
    mutate(gateway, 'uploadZoneCertificate', { zoneId: seededZone, certificate, privateKey: private_key }),
  );
}

export const html = { text: '<!doctype html><p>Hello', headers: { 'content-type': 'text/html' } };

export async function resultsIn({ url }: { url: string }) {
  const reply = await call(`${url}/audit/events?zone=${seededZone}`, 'GET', { headers: bearer });
  const { result } = JSON.parse(reply.body.toString()) as { result: { stage: string; result?: unknown }[] };
  return result.filter(({ stage }) => stage === 'outcome').map((event) => event.result);
}
