import { expect } from '@jest/globals';
import { type AuditEnvironment, changesIn, verified } from './audited.js';
import { eventually } from '../basics/eventually.js';
import { ask, mutate } from '../graphql/graphql.js';
import { call, codeOf } from '../http/http.js';
import { type RunningProcess } from '../gateway/process.js';
import { bearer, pathOf, seededZone } from '../http/requests.js';
import { type RunningSandbox } from '../upstream/sandbox.js';

const soonMs = 2500;

interface Told {
  readonly way: 'rest' | 'graphql';
  readonly status: number;
  /** The code in the shape of the face. */
  readonly code: unknown;
  readonly ms: number;
}

async function change({ url }: RunningProcess, way: Told['way']): Promise<Told> {
  const begun = performance.now();
  if (way === 'rest') {
    const body = { enabled: true };
    const reply = await call(`${url}/client/v4${pathOf('/settings')}`, 'PUT', { headers: bearer, body });
    return { way, status: reply.status, code: codeOf(reply), ms: performance.now() - begun };
  }
  const input = { zoneId: seededZone, enabled: true };
  const { errors, status } = await mutate({ url }, 'updateZoneSettings', input);
  return { way, status, code: errors[0]?.extensions.code, ms: performance.now() - begun };
}

function bothWays(gateway: RunningProcess, times = 1): Promise<Told[]> {
  return Promise.all(
    Array.from({ length: times }, () => [change(gateway, 'rest'), change(gateway, 'graphql')]).flat(),
  );
}

/** One change over each face. */
export async function expectChanges(gateway: RunningProcess): Promise<void> {
  expect(await bothWays(gateway)).toMatchObject([
    { way: 'rest', status: 200, code: undefined },
    { way: 'graphql', status: 200, code: undefined },
  ]);
}

function expectRefused(told: readonly Told[]): void {
  for (const { way, status, code, ms } of told) {
    const expected =
      way === 'rest' ? { status: 503, code: 99031 } : { status: 200, code: 'AUDIT_UNAVAILABLE' };
    expect({ way, status, code }).toEqual({ way, ...expected });
    expect(ms).toBeLessThan(soonMs);
  }
}

async function expectReads({ url }: RunningProcess): Promise<void> {
  const options = { headers: { ...bearer, 'cache-control': 'no-cache' } };
  expect((await call(`${url}/client/v4${pathOf('/settings')}`, 'GET', options)).status).toBe(200);
  const { data } = await ask({ url }, `{ zone(id: "${seededZone}") { settings { enabled } } }`);
  expect(data).toMatchObject({ zone: { settings: { enabled: expect.any(Boolean) } } });
}

const readinessOf = ({ url }: RunningProcess) => call(`${url}/health/ready`, 'GET');

export function isReadyAgain(gateway: RunningProcess): Promise<true> {
  return eventually(async () => (await readinessOf(gateway)).status === 200 || undefined);
}

/**
 * Checks all guarantees while the audit log cannot be written, and afterwards, without a restart. It stops the gateway at
 * the end, and needs a log in which no other gateway made changes.
 */
export async function expectToHold(
  gateway: RunningProcess,
  sandbox: RunningSandbox,
  environment: AuditEnvironment,
  mend: () => Promise<void>,
): Promise<void> {
  const changesMade = async () => (await sandbox.calls())['settings.update'] ?? 0;
  const before = await changesMade();
  expectRefused([await change(gateway, 'rest')]);
  expectRefused(await bothWays(gateway, 10));
  await expectReads(gateway);
  const readiness = await readinessOf(gateway);
  expect(readiness.status).toBe(503);
  expect(JSON.parse(readiness.body.toString())).toEqual({
    status: 'unready',
    reasons: [expect.stringMatching(/^audit: /)],
  });
  expect((await call(`${gateway.url}/health/live`, 'GET')).status).toBe(200);
  expect(await changesMade()).toBe(before);

  await mend();
  await isReadyAgain(gateway);
  await expectChanges(gateway);
  expect(await changesMade()).toBe(before + 2);
  expect(await gateway.stop('SIGINT')).toBe(0);
  const changes = await changesIn(environment);
  expect(changes.filter(({ stage }) => stage === 'outcome')).toHaveLength(before + 2);
  const takenBack = new Set(changes.flatMap(({ stage, op_id }) => (stage === 'not_sent' ? [op_id] : [])));
  const intents = changes.filter(({ stage, op_id }) => stage === 'intent' && !takenBack.has(op_id));
  expect(intents).toHaveLength(before + 2);
  expect((await verified(environment)).finding).toBeNull();
}
