import { z } from 'zod';
import { type Association, type AssociationChange } from './association-store.js';
import { readBody } from './body.js';
import { pageOf, single, wholeList } from './envelope.js';
import { refusals } from './errors.js';
import { isHostname } from './identifiers.js';
import { statuses } from './life-cycle.js';
import { type Call, type Operation, ORIGIN_PULLS } from './operation.js';
import { type Zone } from './zone.js';

const updateBody = z.object({
  // The spec requires no member of an item; a missing one is refused with its own code, not by the schema.
  config: z.array(
    z.object({
      cert_id: z.string().nullish(),
      enabled: z.boolean().nullish(),
      hostname: z.string().refine(isHostname, 'is not a hostname'),
    }),
  ),
});

const wholeNumber = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number);

const listQuery = z.object({
  page: wholeNumber.pipe(z.number().min(1)).default(1),
  per_page: wholeNumber.pipe(z.number().min(1).max(1_000)).default(50),
  // The spec's enum forbids the comma that its text documents.
  status: z
    .string()
    .default('active')
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum([...statuses, 'all']))),
});

export const hostnames: Operation[] = [
  {
    name: 'hostname.list',
    method: 'GET',
    path: `${ORIGIN_PULLS}/hostnames`,
    run: (zone, call) => {
      const { page, per_page: perPage, status } = readQuery(call.query);
      const items = zone.associations
        .list(call.now)
        .map((association) => presentAssociation(zone, association, call))
        .filter((item) => status.includes('all') || status.includes(item.status));
      return pageOf(items, { page, perPage });
    },
  },
  {
    name: 'hostname.get',
    method: 'GET',
    path: `${ORIGIN_PULLS}/hostnames/:hostname`,
    run: (zone, call) => {
      const association = zone.associations.get(call.subject, call.now);
      return single(presentWithCertificate(zone, association, call));
    },
  },
  {
    name: 'hostname.update',
    method: 'PUT',
    path: `${ORIGIN_PULLS}/hostnames`,
    run: (zone, call) => {
      const changes = readBody(updateBody, call.body).config.map((item) => readChange(zone, item, call));
      const updated = zone.associations.update(changes, call.now);
      return wholeList(updated.map((association) => presentWithCertificate(zone, association, call)));
    },
  },
];

type UpdateItem = z.output<typeof updateBody>['config'][number];

/** A void also needs a usable cert_id [code: terraform "API requires cert_id"]. @throws 1404, 1415 */
function readChange(zone: Zone, item: UpdateItem, { now }: Call): AssociationChange {
  if (!item.cert_id) throw refusals.certificateIdRequired();
  // The id of a zone certificate is not found here, hence 1415 (terraform #5531, #5895).
  const certificate = zone.hostnameCertificates.find(item.cert_id);
  const status = certificate && zone.hostnameCertificates.status(certificate, now);
  // That a certificate in deletion is refused like a deleted one is [unverified].
  if (status === undefined || status === 'deleted' || status === 'pending_deletion') {
    throw refusals.unusableCertificateId();
  }
  const change = { hostname: item.hostname, certificateId: item.cert_id };
  return item.enabled === undefined ? change : { ...change, enabled: item.enabled };
}

function presentAssociation(zone: Zone, association: Association, { now }: Call) {
  return {
    hostname: association.hostname,
    cert_id: association.certificateId,
    enabled: association.enabled,
    status: zone.associations.status(association, now),
    created_at: new Date(association.createdAt).toISOString(),
    updated_at: new Date(association.updatedAt).toISOString(),
  };
}

/** The fourteen members of cloudflare-go's fixtures, which lack the `id` and `private_key` that the spec has for a PUT. */
function presentWithCertificate(zone: Zone, association: Association, call: Call): object {
  const certificate = zone.hostnameCertificates.get(association.certificateId);
  const { leaf, life } = certificate;
  return {
    ...presentAssociation(zone, association, call),
    cert_status: zone.hostnameCertificates.status(certificate, call.now),
    issuer: leaf.issuer,
    signature: leaf.signature,
    serial_number: leaf.serialNumber,
    certificate: leaf.pem,
    cert_uploaded_on: new Date(life.beganAt).toISOString(),
    cert_updated_at: new Date(life.endedAt ?? life.beganAt).toISOString(),
    expires_on: leaf.expiresAt.toISOString(),
  };
}

function readQuery(query: Record<string, unknown>): z.output<typeof listQuery> {
  const read = listQuery.safeParse(query);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw refusals.invalidQuery(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not accepted'}`);
}
