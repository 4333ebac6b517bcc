import { type Operation, type OperationName, operations } from '../../domain/cloudflare/operations.js';

/** What a caller may be allowed to do: an operation at Cloudflare, or a read of the audit log. */
export type Action = OperationName | AuditAction;

/** `audit.read`: the events of a zone. `audit.search`: the events of all zones, with the names of the actors. */
type AuditAction = 'audit.read' | 'audit.search';

/** Whether an action needs no call to Cloudflare. */
export function isOfAuditLog(action: Action): action is AuditAction {
  return action === 'audit.read' || action === 'audit.search';
}

const ofClients = Object.values<Operation>(operations).filter(({ isZoneless }) => !isZoneless);
const namesOf = (kind: Operation['kind']) =>
  ofClients.filter((operation) => operation.kind === kind).map(({ name }) => name);

const reads: readonly Action[] = [...namesOf('read'), 'audit.read'];
const changes: readonly Action[] = namesOf('write');

/** Changes of a whole zone. A wrong one takes all its hostnames off the origins that ask for a certificate. */
const ofWholeZones: readonly Action[] = ['settings.update', 'global_level.update'];

/** Every action that a role may have. */
export const actions: readonly Action[] = [...reads, ...changes, 'audit.search'];

/** A word of a role that stands for several actions. */
export const actionGroups: Readonly<Record<string, readonly Action[]>> = { read: reads };

/** The roles that every access file has. */
export const builtInRoles = {
  viewer: reads,
  operator: [...reads, ...changes.filter((name) => !ofWholeZones.includes(name))],
  admin: [...reads, ...changes],
  auditor: [...reads, 'audit.search'],
} as const satisfies Record<string, readonly Action[]>;
