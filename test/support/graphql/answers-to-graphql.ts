import { startGateway } from '../gateway/gateway.js';
import { ask, mutate } from './graphql.js';
import { call } from '../http/http.js';
import { type Answers, startMockedAnswers } from '../upstream/mocked-answers.js';
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

export async function against<T>(
  answers: Answers,
  use: (gateway: { url: string; base: string }) => Promise<T>,
): Promise<T> {
  await using upstream = await startMockedAnswers(answers);
  const gateway = await startGateway({ upstream: upstream.url });
  try {
    return await use(gateway);
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
