import { type IncomingHttpHeaders } from 'node:http';
import { type RunningGateway } from '../gateway/gateway.js';
import { call } from '../http/http.js';
import { type OperationName } from '../../../sandbox/operation.js';
import { admittingReadOf, bearer } from '../http/requests.js';

export interface GraphQLFailure {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
}

export interface GraphQLReply<Data> {
  readonly status: number;
  /** Null also where the request was refused before any of it was run. */
  readonly data: Data | null;
  /** Empty where there are none. */
  readonly errors: readonly GraphQLFailure[];
  readonly headers: IncomingHttpHeaders;
}

export interface UserErrorShown {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[] | null;
  readonly upstreamCode: number | null;
}

type Headers = Readonly<Record<string, string>>;

type Asked = Pick<RunningGateway, 'url' | 'bearer'>;

/** Asks the gateway over GraphQL, as somebody who may do everything unless the headers say otherwise. */
export async function ask<Data = unknown>(
  { url, bearer: own = bearer }: Asked,
  query: string,
  variables?: Readonly<Record<string, unknown>>,
  headers: Headers = own,
): Promise<GraphQLReply<Data>> {
  const reply = await call(`${url}/graphql`, 'POST', { headers, body: { query, variables } });
  const { data = null, errors = [] } = JSON.parse(reply.body.toString()) as Partial<GraphQLReply<Data>>;
  return { status: reply.status, data, errors, headers: reply.headers };
}

/** All that can be asked of a certificate of either kind. */
export const certificateFields =
  'id: cloudflareId status certificate: pem issuer serialNumber signature uploadedOn expiresOn fingerprintSha256';
export const allOfACertificate = `{ ${certificateFields} }`;
const userErrors = 'userErrors { code message field upstreamCode }';
const uploadPayload = `{ certificate ${allOfACertificate} warnings { code message } ${userErrors} }`;
const deletePayload = `{ certificate ${allOfACertificate} ${userErrors} }`;

/** Every mutation, with the type of its input and all that can be asked of its payload. */
const mutations = {
  uploadZoneCertificate: { input: 'UploadCertificateInput', payload: uploadPayload },
  uploadHostnameCertificate: { input: 'UploadCertificateInput', payload: uploadPayload },
  deleteZoneCertificate: { input: 'DeleteCertificateInput', payload: deletePayload },
  deleteHostnameCertificate: { input: 'DeleteCertificateInput', payload: deletePayload },
  updateHostnames: {
    input: 'UpdateHostnamesInput',
    payload: `{ hostnames { name enabled status createdAt updatedAt certificate ${allOfACertificate} } ${userErrors} }`,
  },
  updateZoneSettings: {
    input: 'UpdateZoneSettingsInput',
    payload: `{ settings { enabled } ${userErrors} }`,
  },
  updateGlobalLevel: {
    input: 'UpdateGlobalLevelInput',
    payload: `{ globalLevel { enabled missingPermission } ${userErrors} }`,
  },
} as const;

export type MutationName = keyof typeof mutations;

export interface Payload {
  readonly certificate?: Readonly<Record<string, string | null>> | null;
  readonly hostnames?: readonly Readonly<Record<string, unknown>>[] | null;
  readonly settings?: { readonly enabled: boolean | null } | null;
  readonly globalLevel?: {
    readonly enabled: boolean | null;
    readonly missingPermission: string | null;
  } | null;
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
  readonly userErrors: readonly UserErrorShown[];
}

export function mutationOf(name: MutationName, selection: string = mutations[name].payload): string {
  return `mutation ($input: ${mutations[name].input}!) { ${name}(input: $input) ${selection} }`;
}

/** What a change costs besides its own call, where nothing was read before it: the credential is tried on a read. */
export const admission = { 'settings.get': 1 };
export const admissionTo = (change: OperationName) => ({ [admittingReadOf(change).operation]: 1 });

/** Makes one change, and asks for everything there is to know of it. The payload is null where there is an error. */
export async function mutate(
  gateway: Asked,
  name: MutationName,
  input: Readonly<Record<string, unknown>>,
  headers?: Headers,
): Promise<GraphQLReply<unknown> & { readonly payload: Payload | null }> {
  const reply = await ask<Record<string, Payload>>(gateway, mutationOf(name), { input }, headers);
  return { ...reply, payload: reply.data?.[name] ?? null };
}
