import { type Client } from '../../request/client.js';
import { identifierProblem } from '../../../domain/cloudflare/call-url.js';
import { type PathParameter } from '../../../domain/cloudflare/identifiers.js';
import { type Call, operations, type OperationName } from '../../../domain/cloudflare/operations.js';
import { type Target } from '../record/event.js';
import { hostnamesIn, isId } from './names.js';

/** The names of the zone itself and of its global level among the subjects. */
export const zone = 'zone';
export const globalLevel = 'global_level';

/** The names of the things whose states are recorded, each with the certificate that the change associates, or null. */
export type Subjects = ReadonlyMap<string, string | null>;

/** What is recorded of an operation. The body is not checked: Cloudflare ignores members that it does not know. */
interface Audited {
  readonly isUpload: boolean;
  /** The members of the target beside the zone. */
  target(call: Call, client: Client): Partial<Target>;
  subjects(call: Call, target: Target): Subjects;
  /** The reads whose answers hold the states before a change, in order of preference. */
  readsBefore(call: Call, target: Target): readonly { read: Call; subjects: Subjects }[];
}

const nothing: Audited = {
  isUpload: false,
  target: () => ({}),
  subjects: () => new Map(),
  readsBefore: () => [],
};

const certificate: Audited = {
  ...nothing,
  target: ({ params }, client) => certificateTarget(params.certificate_id, client),
  subjects: (_, { certificate_id }) => (certificate_id === undefined ? new Map() : subject(certificate_id)),
};

/** The certificate has an id only in a successful answer. */
const upload: Audited = { ...certificate, isUpload: true, target: () => ({}) };

function deletion(get: OperationName, list: OperationName): Audited {
  return {
    ...certificate,
    readsBefore: ({ params: { zone_id, certificate_id = '' } }) => {
      const subjects = subject(certificate_id.toLowerCase());
      return [
        { read: { operation: operations[get], params: { zone_id, certificate_id } }, subjects },
        // A list is cached under the zone alone.
        { read: { operation: operations[list], params: { zone_id } }, subjects },
      ];
    },
  };
}

const hostnames: Audited = {
  ...nothing,
  target: ({ body }, client) => hostnamesTarget(body, client),
  subjects: ({ body }, target) => {
    const certificates = new Map(hostnamesIn(body).map(({ hostname, certId }) => [hostname, certId]));
    return new Map(namesIn(target).map((name) => [name, certificates.get(name) ?? null]));
  },
  readsBefore: ({ params: { zone_id } }, target) =>
    namesIn(target).map((hostname) => ({
      read: { operation: operations['hostname.get'], params: { zone_id, hostname } },
      subjects: subject(hostname),
    })),
};

/** Of what a zone has once. */
function ofZone(name: string, get: OperationName): Audited {
  return {
    ...nothing,
    subjects: () => subject(name),
    readsBefore: ({ params: { zone_id } }) => [
      { read: { operation: operations[get], params: { zone_id } }, subjects: subject(name) },
    ],
  };
}

const audited: Readonly<Record<OperationName, Audited>> = {
  'zone_certificate.list': nothing,
  'zone_certificate.get': certificate,
  'zone_certificate.upload': upload,
  'zone_certificate.delete': deletion('zone_certificate.get', 'zone_certificate.list'),
  'hostname_certificate.list': nothing,
  'hostname_certificate.get': certificate,
  'hostname_certificate.upload': upload,
  'hostname_certificate.delete': deletion('hostname_certificate.get', 'hostname_certificate.list'),
  'hostname.list': nothing,
  'hostname.get': nothing,
  'hostname.update': hostnames,
  'settings.get': nothing,
  'settings.update': ofZone(zone, 'settings.get'),
  'global_level.get': nothing,
  'global_level.update': ofZone(globalLevel, 'global_level.get'),
  'token.verify': nothing,
  'account_token.verify': nothing,
};

export function auditedOf({ operation }: Pick<Call, 'operation'>): Audited {
  return audited[operation.name];
}

export function targetOf(call: Call, client: Client): Target {
  return { zone_id: call.params.zone_id, ...auditedOf(call).target(call, client) };
}

/**
 * The target of a refused change. A text that is no identifier is not recorded, because it may be anything. Undefined if
 * the client sent its credential in place of an identifier.
 */
export function deniedTarget(
  { zoneId, certificateId }: { readonly zoneId?: unknown; readonly certificateId?: unknown },
  client: Client,
): Target | undefined {
  if (!isIdentifier('zone_id', zoneId) || client.quotesCredential(zoneId)) return undefined;
  if (!isIdentifier('certificate_id', certificateId)) return { zone_id: zoneId };
  if (client.quotesCredential(certificateId)) return undefined;
  return { zone_id: zoneId, certificate_id: certificateId.toLowerCase() };
}

function isIdentifier(name: PathParameter, value: unknown): value is string {
  return typeof value === 'string' && identifierProblem(name, value) === undefined;
}

/** Empty if it is no id, or quotes a credential that was sent in the wrong place. */
export function certificateTarget(id: unknown, client: Client): Partial<Target> {
  return isId(id) && !client.quotesCredential(id) ? { certificate_id: id.toLowerCase() } : {};
}

function hostnamesTarget(body: unknown, client: Client): Partial<Target> {
  const named = hostnamesIn(body).map(({ hostname }) => hostname);
  const recorded = new Set(named.filter((name) => name !== null));
  for (const name of recorded) if (client.quotesCredential(name)) recorded.delete(name);
  const leftOut = named.filter((name) => name === null || !recorded.has(name)).length;
  return {
    ...(recorded.size > 0 && { hostnames: [...recorded] }),
    ...(leftOut > 0 && { hostnames_left_out: leftOut }),
  };
}

/** Without the hostnames `zone` and `global_level`, which would stand for those. Cloudflare has no such hostnames. */
function namesIn({ hostnames = [] }: Target): string[] {
  return hostnames.filter((name) => name !== zone && name !== globalLevel);
}

function subject(name: string): Subjects {
  return new Map([[name, null]]);
}
