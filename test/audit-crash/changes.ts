import { type IncomingHttpHeaders } from 'node:http';
import { type OperationName } from '../../sandbox/operation.js';
import { type Receipt } from '../../src/gateway/request/change.js';
import { receiptIn } from '../support/audit/receipts.js';
import { type TestCertificate } from '../support/certificates/certificates.js';
import { mutate, type MutationName } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';

/** What a caller was told of one change. */
export interface Told {
  /** Operation and zone: no zone sees an operation twice, so this names the change wherever it is met. */
  readonly name: string;
  readonly status: number;
  readonly requestId: string;
  /** Whether the gateway announced that the outcome is stored later. */
  readonly isPending: boolean;
  readonly receipt: Receipt | null;
  readonly isGraphQL: boolean;
}

/** One change, the same over both faces. */
interface Change {
  readonly operation: OperationName;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly mutation: MutationName;
  readonly input: object;
}

/** Makes changes in zone after zone. A change without an answer is the last one of its zone. */
export interface Caller {
  /** Where the gateway is; resolves when there is one, and to null at the end. */
  readonly gateway: () => Promise<string | null>;
  /** Each call gives a new zone. */
  readonly zone: () => string;
  readonly certificate: () => TestCertificate;
  readonly told: (told: Told) => void;
}

export async function makeChanges(caller: Caller, isGraphQL: (index: number) => boolean): Promise<void> {
  for (let index = 0, begun = 0; ; begun++) {
    const zone = caller.zone();
    const ids: Record<string, string> = {};
    for (const step of journeys[begun % journeys.length] ?? []) {
      const url = await caller.gateway();
      if (url === null) return;
      const change = step(zone, caller.certificate(), ids);
      const answer = await send(url, zone, change, isGraphQL(index++)).catch(() => null);
      if (!answer) break;
      caller.told(answer.told);
      if (answer.told.status !== 200) break;
      if (answer.id !== undefined) ids[change.operation] = answer.id;
    }
  }
}

type Step = (zone: string, pair: TestCertificate, ids: Readonly<Record<string, string>>) => Change;

const updateSettings: Step = (zoneId) => ({
  operation: 'settings.update',
  method: 'PUT',
  path: '/settings',
  body: { enabled: true },
  mutation: 'updateZoneSettings',
  input: { zoneId, enabled: true },
});

const uploadToZone: Step = (zoneId, pair) =>
  upload('zone_certificate.upload', '', 'uploadZoneCertificate', zoneId, pair);

const deleteFromZone: Step = (zoneId, _pair, { 'zone_certificate.upload': certificateId = '' }) => ({
  operation: 'zone_certificate.delete',
  method: 'DELETE',
  path: `/${certificateId}`,
  mutation: 'deleteZoneCertificate',
  input: { zoneId, certificateId },
});

const uploadForHostnames: Step = (zoneId, pair) => {
  const path = '/hostnames/certificates';
  return upload('hostname_certificate.upload', path, 'uploadHostnameCertificate', zoneId, pair);
};

const updateHostname: Step = (zoneId, _pair, { 'hostname_certificate.upload': certificateId = '' }) => {
  const hostname = `${zoneId}.example.com`;
  return {
    operation: 'hostname.update',
    method: 'PUT',
    path: '/hostnames',
    body: { config: [{ hostname, cert_id: certificateId, enabled: true }] },
    mutation: 'updateHostnames',
    input: { zoneId, changes: [{ hostname, certificateId, action: 'ENABLE' }] },
  };
};

/** The steps of a zone: few, since a kill ends those in progress, and some zones have to reach their last step. */
const journeys: readonly (readonly Step[])[] = [
  [uploadToZone, deleteFromZone, updateSettings],
  [uploadForHostnames, updateHostname],
];

function upload(
  operation: OperationName,
  path: string,
  mutation: MutationName,
  zoneId: string,
  { certificate, privateKey }: TestCertificate,
): Change {
  return {
    operation,
    method: 'POST',
    path,
    body: { certificate, private_key: privateKey },
    mutation,
    input: { zoneId, certificate, privateKey },
  };
}

async function send(
  url: string,
  zone: string,
  { operation, method, path, body, mutation, input }: Change,
  isGraphQL: boolean,
): Promise<{ told: Told; id: string | undefined }> {
  const name = `${operation} ${zone}`;
  if (isGraphQL) {
    const { payload, errors, headers } = await mutate({ url }, mutation, { ...input });
    const status = errors[0]?.extensions['status'];
    const isDone = errors.length === 0 && payload?.userErrors.length === 0;
    return {
      told: toldBy(name, isDone ? 200 : typeof status === 'number' ? status : 503, headers, true),
      id: payload?.certificate?.['id'] ?? undefined,
    };
  }
  const reply = await call(`${url}/client/v4${pathOf(path, zone)}`, method, { headers: bearer, body });
  const { result } = JSON.parse(reply.body.toString()) as { result?: { id?: string } | null };
  return { told: toldBy(name, reply.status, reply.headers, false), id: result?.id };
}

function toldBy(name: string, status: number, headers: IncomingHttpHeaders, isGraphQL: boolean): Told {
  return {
    name,
    status,
    requestId: String(headers['x-request-id']),
    isPending: headers['audit-outcome'] === 'pending',
    receipt: receiptIn(headers),
    isGraphQL,
  };
}
