import { type StoredCertificate } from './certificate-store.js';
import { single, wholeList } from './envelope.js';
import { type Call, type Operation, ORIGIN_PULLS } from './operation.js';
import { presentCertificate, readUpload } from './upload.js';
import { type Zone } from './zone.js';

const present = (zone: Zone, certificate: StoredCertificate, { now }: Call) =>
  presentCertificate(certificate, zone.zoneCertificates.status(certificate, now));

export const zoneCertificates: Operation[] = [
  {
    name: 'zone_certificate.upload',
    method: 'POST',
    path: ORIGIN_PULLS,
    run: (zone, call) =>
      single(present(zone, zone.zoneCertificates.upload(readUpload(call.body), call.now), call)),
  },
  {
    name: 'zone_certificate.list',
    method: 'GET',
    path: ORIGIN_PULLS,
    run: (zone, call) => {
      const list = zone.zoneCertificates.list(call.now);
      const envelope = wholeList(list.map((certificate) => present(zone, certificate, call)));
      // [live-3p] alchemy Certificate.ts: the list of an empty zone is null, which no schema of the spec allows.
      return list.length === 0 ? { ...envelope, result: null } : envelope;
    },
  },
  {
    name: 'zone_certificate.get',
    method: 'GET',
    path: `${ORIGIN_PULLS}/:certificate_id`,
    run: (zone, call) => single(present(zone, zone.zoneCertificates.get(call.subject), call)),
  },
  {
    name: 'zone_certificate.delete',
    method: 'DELETE',
    path: `${ORIGIN_PULLS}/:certificate_id`,
    run: (zone, call) => {
      // A certificate can be deleted while the zone level is on [unverified].
      const deleted = zone.zoneCertificates.delete(call.subject, call.now, false);
      return single(present(zone, deleted, call));
    },
  },
];
