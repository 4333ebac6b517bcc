import { readLeaf } from './certificate.js';
import { type CertificateStore } from './certificate-store.js';
import { type Delays, type Status } from './life-cycle.js';
import { seedCertificates } from './seed-certificates.js';
import { Zone } from './zone.js';

/** The zone of Cloudflare's own examples. */
const SEEDED_ZONE = '023e105f4ecef8ad9ca31a8372d0c353';
const EMPTY_ZONE = '9a7806061c88ada191ed06f989cc3dac';

/**
 * Ids, dates and states are the same at every start, as the README shows them: every item keeps its state until an operation
 * changes it.
 */
export function seededZones(delays: Delays): Map<string, Zone> {
  const zone = new Zone(delays);
  zone.enabled = true;
  zone.globalLevel = { value: 'on', modifiedOn: '2026-01-11T09:30:00.000Z' };
  seedZoneCertificates(zone.zoneCertificates);
  seedHostnameCertificates(zone.hostnameCertificates);
  seedAssociations(zone);
  return new Map([
    [SEEDED_ZONE, zone],
    [EMPTY_ZONE, new Zone(delays)],
  ]);
}

interface Seed {
  id: string;
  pem: string;
  uploadedOn: string;
  deletedOn?: string;
  status: Status;
}

function seedZoneCertificates(store: CertificateStore): void {
  seed(store, {
    id: 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00',
    pem: seedCertificates.zoneActive,
    uploadedOn: '2026-01-12T09:30:00.000Z',
    status: 'active',
  });
  seed(store, {
    id: 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f01',
    pem: seedCertificates.zoneTimedOut,
    uploadedOn: '2026-01-12T09:10:00.000Z',
    status: 'deployment_timed_out',
  });
  seed(store, {
    id: 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f02',
    pem: seedCertificates.zonePendingDeletion,
    uploadedOn: '2025-01-10T08:00:00.000Z',
    deletedOn: '2026-01-13T10:00:00.000Z',
    status: 'pending_deletion',
  });
  seed(store, {
    id: 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f03',
    pem: seedCertificates.zoneDeleted,
    uploadedOn: '2024-01-09T08:00:00.000Z',
    deletedOn: '2025-01-11T10:00:00.000Z',
    status: 'deleted',
  });
}

const APP_CERTIFICATE = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';
const OLD_CERTIFICATE = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff62';

function seedHostnameCertificates(store: CertificateStore): void {
  seed(store, {
    id: APP_CERTIFICATE,
    pem: seedCertificates.hostnameActive,
    uploadedOn: '2026-01-14T09:30:00.000Z',
    status: 'active',
  });
  seed(store, {
    id: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff61',
    pem: seedCertificates.hostnameTimedOut,
    uploadedOn: '2026-01-14T09:10:00.000Z',
    status: 'deployment_timed_out',
  });
  seed(store, {
    id: OLD_CERTIFICATE,
    pem: seedCertificates.hostnamePendingDeletion,
    uploadedOn: '2025-01-15T08:00:00.000Z',
    deletedOn: '2026-01-15T10:05:00.000Z',
    status: 'pending_deletion',
  });
  seed(store, {
    id: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff63',
    pem: seedCertificates.hostnameDeleted,
    uploadedOn: '2024-01-16T08:00:00.000Z',
    deletedOn: '2025-01-17T10:00:00.000Z',
    status: 'deleted',
  });
}

/** One for each value of `enabled`. */
function seedAssociations({ associations }: Zone): void {
  const at = (time: string) => Date.parse(time);
  associations.put({
    hostname: 'app.example.com',
    certificateId: APP_CERTIFICATE,
    enabled: true,
    createdAt: at('2026-01-14T09:45:00.000Z'),
    updatedAt: at('2026-01-14T09:45:00.000Z'),
    life: { beganAt: at('2026-01-14T09:45:00.000Z'), frozen: 'active' },
  });
  associations.put({
    hostname: 'legacy.example.com',
    certificateId: APP_CERTIFICATE,
    enabled: false,
    createdAt: at('2026-01-14T09:45:00.000Z'),
    updatedAt: at('2026-01-14T11:00:00.000Z'),
    life: { beganAt: at('2026-01-14T11:00:00.000Z'), frozen: 'active' },
  });
  associations.put({
    hostname: 'old.example.com',
    certificateId: OLD_CERTIFICATE,
    enabled: null,
    createdAt: at('2025-01-15T08:10:00.000Z'),
    updatedAt: at('2026-01-15T10:00:00.000Z'),
    life: {
      beganAt: at('2025-01-15T08:10:00.000Z'),
      endedAt: at('2026-01-15T10:00:00.000Z'),
      frozen: 'pending_deletion',
    },
  });
}

function seed(store: CertificateStore, { id, pem, uploadedOn, deletedOn, status }: Seed): void {
  const life = { beganAt: Date.parse(uploadedOn), frozen: status };
  const certificate = { id, leaf: readLeaf(pem) };
  store.put({
    ...certificate,
    life: deletedOn === undefined ? life : { ...life, endedAt: Date.parse(deletedOn) },
  });
}
