import { randomBytes, randomUUID } from 'node:crypto';
import { AssociationStore } from './association-store.js';
import { CertificateStore, type CertificateRules } from './certificate-store.js';
import { refusals } from './errors.js';
import { type Delays } from './life-cycle.js';

const zoneCertificateRules: CertificateRules = {
  // The live API uses both forms of id. Each kind has one here, so that clients meet both.
  newId: () => randomBytes(16).toString('hex'),
  limit: Number.POSITIVE_INFINITY,
  notFound: refusals.zoneCertificateNotFound,
  pendingDeletion: refusals.alreadyDeleted,
  alreadyDeleted: refusals.alreadyDeleted,
};

const hostnameCertificateRules: CertificateRules = {
  newId: randomUUID,
  // [docs]
  limit: 10,
  notFound: refusals.hostnameCertificateNotFound,
  pendingDeletion: refusals.pendingDeletion,
  alreadyDeleted: refusals.invalidCertificateId,
};

/** The state of one zone. Its three levels share nothing [docs]. */
export class Zone {
  readonly zoneCertificates: CertificateStore;
  readonly hostnameCertificates: CertificateStore;
  readonly associations: AssociationStore;
  /** Whether the zone level is on. */
  enabled = false;
  /** The global level. `modifiedOn` is null if it was never changed. */
  globalLevel: { value: 'on' | 'off'; modifiedOn: string | null } = { value: 'off', modifiedOn: null };
  #held = false;

  constructor(delays: Delays) {
    this.zoneCertificates = new CertificateStore(zoneCertificateRules, delays);
    this.hostnameCertificates = new CertificateStore(hostnameCertificateRules, delays);
    this.associations = new AssociationStore(delays);
  }

  /**
   * Cloudflare accepts one change at a time in a zone [live-3p].
   *
   * @returns a function that releases the zone
   * @throws 409 while another change is being answered
   */
  hold(): () => void {
    if (this.#held) throw refusals.concurrentWrite();
    this.#held = true;
    return () => {
      this.#held = false;
    };
  }
}
