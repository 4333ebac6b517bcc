import { refusals } from './errors.js';
import { begun, ended, statusAt, type Delays, type Life, type Status } from './life-cycle.js';

/** [docs] */
const MAX_ASSOCIATIONS_A_CERTIFICATE = 100;

export interface Association {
  /**
   * In the spelling of the last change [unverified]: Terraform's provider looks for the text that it sent, and fails after
   * the change was made if it finds another spelling.
   */
  readonly hostname: string;
  readonly certificateId: string;
  /** null: void. It can be read for a while, and does not keep its certificate in use. */
  readonly enabled: boolean | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly life: Life;
}

export interface AssociationChange {
  hostname: string;
  certificateId: string;
  enabled?: boolean | null;
}

/** The hostnames of one zone that have a certificate of their own, keyed by hostname in lower case. */
export class AssociationStore {
  #byHostname = new Map<string, Association>();

  constructor(private readonly delays: Delays) {}

  put(association: Association): void {
    this.#byHostname.set(keyOf(association), association);
  }

  status(association: Association, now: number): Status {
    const { deployMs, voidMs } = this.delays;
    return statusAt(now, association.life, { toBeginMs: deployMs, toEndMs: voidMs });
  }

  /** Ordered by hostname [unverified]. A void association whose time is over is removed, not a tombstone [unverified]. */
  list(now: number): Association[] {
    return [...this.#byHostname.values()]
      .filter((association) => this.status(association, now) !== 'deleted')
      .sort(byHostname);
  }

  get(hostname: string, now: number): Association {
    const association = this.#byHostname.get(hostname.toLowerCase());
    if (association === undefined || this.status(association, now) === 'deleted') {
      throw refusals.hostnameNotFound();
    }
    return association;
  }

  isInUse(certificateId: string): boolean {
    return [...this.#byHostname.values()].some((association) => uses(association, certificateId));
  }

  /** Makes all changes or none. Returns the associations of the changes, each once, ordered by hostname. */
  update(changes: readonly AssociationChange[], now: number): Association[] {
    const draft = new Map(this.list(now).map((association) => [keyOf(association), association]));
    for (const change of changes) {
      draft.set(keyOf(change), changed(draft.get(keyOf(change)), change, now));
    }
    for (const certificateId of new Set(changes.map((change) => change.certificateId))) {
      const count = [...draft.values()].filter((association) => uses(association, certificateId)).length;
      if (count > MAX_ASSOCIATIONS_A_CERTIFICATE) {
        throw refusals.tooManyAssociations(MAX_ASSOCIATIONS_A_CERTIFICATE);
      }
    }
    this.#byHostname = draft;
    const concerned = new Set(changes.map(keyOf));
    return [...draft.values()].filter((association) => concerned.has(keyOf(association))).sort(byHostname);
  }
}

/** Hostnames are compared without regard to case. */
function keyOf({ hostname }: { hostname: string }): string {
  return hostname.toLowerCase();
}

function byHostname(a: Association, b: Association): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function uses(association: Association, certificateId: string): boolean {
  return association.enabled !== null && association.certificateId === certificateId;
}

function changed(before: Association | undefined, change: AssociationChange, now: number): Association {
  const living = before?.enabled === null ? undefined : before;
  // `enabled` is absent [unverified]: the hostname gets the certificate and keeps its `enabled`; a new association is off.
  // To treat it as null, as a decoder might, would let an incomplete body void an association.
  const enabled = change.enabled === undefined ? (living?.enabled ?? false) : change.enabled;
  return {
    hostname: change.hostname,
    certificateId: change.certificateId,
    enabled,
    createdAt: living?.createdAt ?? now,
    updatedAt: now,
    // A change that changes nothing is deployed again [unverified].
    life: enabled === null ? ended(begun(now), now) : begun(now),
  };
}
