import { type LeafCertificate } from './certificate.js';
import { type ApiError, refusals } from './errors.js';
import { begun, ended, statusAt, type Delays, type Life, type Status } from './life-cycle.js';

export interface StoredCertificate {
  readonly id: string;
  readonly leaf: LeafCertificate;
  readonly life: Life;
}

/** Where the two kinds of certificate differ. */
export interface CertificateRules {
  newId: () => string;
  /** How many certificates a zone may have that are not deleted. */
  limit: number;
  notFound: () => ApiError;
  pendingDeletion: () => ApiError;
  alreadyDeleted: () => ApiError;
}

/** The certificates of one kind in one zone. A deleted certificate can still be read by its id [live-3p]. */
export class CertificateStore {
  readonly #byId = new Map<string, StoredCertificate>();

  constructor(
    private readonly rules: CertificateRules,
    private readonly delays: Delays,
  ) {}

  put(certificate: StoredCertificate): StoredCertificate {
    this.#byId.set(certificate.id, certificate);
    return certificate;
  }

  status(certificate: StoredCertificate, now: number): Status {
    const { deployMs, deleteMs } = this.delays;
    return statusAt(now, certificate.life, { toBeginMs: deployMs, toEndMs: deleteMs });
  }

  /** Newest first [unverified], without deleted certificates. */
  list(now: number): StoredCertificate[] {
    return [...this.#byId.values()]
      .filter((certificate) => this.status(certificate, now) !== 'deleted')
      .sort((a, b) => b.life.beganAt - a.life.beganAt);
  }

  find(id: string): StoredCertificate | undefined {
    return this.#byId.get(id);
  }

  get(id: string): StoredCertificate {
    const certificate = this.#byId.get(id);
    if (certificate === undefined) throw this.rules.notFound();
    return certificate;
  }

  /** A deleted certificate is uploaded again under its old id [live-3p]; one that is not deleted is refused. */
  upload(leaf: LeafCertificate, now: number): StoredCertificate {
    const same = [...this.#byId.values()].find((other) => other.leaf.fingerprint === leaf.fingerprint);
    if (same !== undefined && this.status(same, now) !== 'deleted') throw refusals.certificateExists();
    if (this.list(now).length >= this.rules.limit) throw refusals.tooManyCertificates(this.rules.limit);
    return this.put({ id: same?.id ?? this.rules.newId(), leaf, life: begun(now) });
  }

  /** @param inUse whether a hostname uses the certificate */
  delete(id: string, now: number, inUse: boolean): StoredCertificate {
    const certificate = this.get(id);
    switch (this.status(certificate, now)) {
      case 'initializing':
      case 'pending_deployment':
        throw refusals.pendingDeployment();
      case 'pending_deletion':
        throw this.rules.pendingDeletion();
      case 'deleted':
        throw this.rules.alreadyDeleted();
      case 'active':
      case 'deployment_timed_out':
      case 'deletion_timed_out':
    }
    if (inUse) throw refusals.certificateInUse();
    return this.put({ ...certificate, life: ended(certificate.life, now) });
  }
}
