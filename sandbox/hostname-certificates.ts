import { type StoredCertificate } from './certificate-store.js';
import { single, wholeList } from './envelope.js';
import { type Call, type Operation, ORIGIN_PULLS } from './operation.js';
import { presentCertificate, readUpload } from './upload.js';
import { type Zone } from './zone.js';

const present = (zone: Zone, certificate: StoredCertificate, { now }: Call) =>
  presentCertificate(certificate, zone.hostnameCertificates.status(certificate, now));

export const hostnameCertificates: Operation[] = [
  {
    name: 'hostname_certificate.upload',
    method: 'POST',
    path: `${ORIGIN_PULLS}/hostnames/certificates`,
    run: (zone, call) =>
      single(present(zone, zone.hostnameCertificates.upload(readUpload(call.body), call.now), call)),
  },
  {
    // Certificates, as the 2026 spec says. The 2024 spec had items in the shape of an association, and cloudflare-go v0
    // reads only `cert_id`: both ids are sent. What the live API sends is [unverified].
    name: 'hostname_certificate.list',
    method: 'GET',
    path: `${ORIGIN_PULLS}/hostnames/certificates`,
    run: (zone, call) =>
      wholeList(
        zone.hostnameCertificates
          .list(call.now)
          .map((certificate) => ({ ...present(zone, certificate, call), cert_id: certificate.id })),
      ),
  },
  {
    name: 'hostname_certificate.get',
    method: 'GET',
    path: `${ORIGIN_PULLS}/hostnames/certificates/:certificate_id`,
    run: (zone, call) => single(present(zone, zone.hostnameCertificates.get(call.subject), call)),
  },
  {
    name: 'hostname_certificate.delete',
    method: 'DELETE',
    path: `${ORIGIN_PULLS}/hostnames/certificates/:certificate_id`,
    run: (zone, call) => {
      const inUse = zone.associations.isInUse(call.subject);
      const deleted = zone.hostnameCertificates.delete(call.subject, call.now, inUse);
      return single(present(zone, deleted, call));
    },
  },
];
