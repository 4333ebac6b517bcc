import { type Action, isOfAuditLog } from '../actions.js';
import { type Principal } from '../../request/identity.js';
import { type AccessFile, type Grant, rolesOf, type Upstream } from './access-file.js';
import { claimIn, isOneOf } from './claims.js';

const everyZone = '*';
const nothing: ReadonlySet<Action> = new Set();

/** What a caller may do. */
export class Rights {
  /** By zone; under `*` what is allowed in every zone. */
  private readonly byZone = new Map<string, ReadonlySet<Action>>();
  readonly roles: readonly string[];

  constructor(grants: readonly Grant[], roles: ReadonlyMap<string, ReadonlySet<Action>>) {
    this.roles = [...new Set(grants.map(({ role }) => role))];
    const actionsFor = (zone: string) =>
      new Set(
        grants
          .filter(({ zones }) => zones.includes(zone) || zones.includes(everyZone))
          .flatMap(({ role }) => [...(roles.get(role) ?? [])]),
      );
    for (const zone of new Set(grants.flatMap(({ zones }) => zones))) this.byZone.set(zone, actionsFor(zone));
  }

  /** The zones that are granted by their ids, and `*` if all are. */
  get zones(): string[] {
    return [...this.byZone.keys()];
  }

  /** @param zone `*`: what is allowed in every zone */
  actionsIn(zone: string): ReadonlySet<Action> {
    return this.byZone.get(zone) ?? this.byZone.get(everyZone) ?? nothing;
  }
}

/** Why an action is allowed or not. It is not where no token is for the calls that it needs. */
export interface Explanation {
  readonly isAllowed: boolean;
  readonly lines: readonly string[];
}

/** The grants of an access file. What no grant allows is not allowed. */
export class Rules {
  private readonly roles: ReadonlyMap<string, ReadonlySet<Action>>;
  private readonly known = new WeakMap<Principal, Rights>();
  private readonly upstreamByZone: ReadonlyMap<string, Upstream>;

  constructor(private readonly file: AccessFile) {
    this.roles = rolesOf(file);
    this.upstreamByZone = new Map(file.upstream.flatMap((each) => each.zones.map((zone) => [zone, each])));
  }

  /**
   * The one rule: whether a caller may take an action in a zone.
   *
   * @param zone `*`: in every zone
   */
  may(principal: Principal, action: Action, zone: string): boolean {
    return this.rightsOf(principal).actionsIn(zone).has(action);
  }

  rightsOf(principal: Principal): Rights {
    const known = this.known.get(principal);
    if (known) return known;
    const rights = new Rights(
      this.file.grants.filter((grant) => isFor(grant, principal)),
      this.roles,
    );
    this.known.set(principal, rights);
    return rights;
  }

  /** The token that calls in a zone are made with; undefined if none is for the zone. */
  upstreamFor(zone: string): Upstream | undefined {
    return this.upstreamByZone.get(zone) ?? this.upstreamByZone.get(everyZone);
  }

  /** Names the grants that decide, by their places in the file. */
  explain(principal: Principal, action: Action, zone: string): Explanation {
    const grants = this.file.grants.map((grant, at) => ({ grant, place: `grants[${at}]` }));
    const own = grants.filter(({ grant }) => isFor(grant, principal));
    const here = own.filter(({ grant: { zones } }) => zones.includes(zone) || zones.includes(everyZone));
    const allowing = here.find(({ grant: { role } }) => this.roles.get(role)?.has(action));
    const upstream = this.upstreamFor(zone);
    if (allowing) {
      const { place, grant } = allowing;
      const why = `allowed by ${place}: the role ${grant.role} has ${action}, and the zones are ${grant.zones.join(', ')}`;
      if (isOfAuditLog(action)) return { isAllowed: true, lines: [why] };
      const token = upstream
        ? `calls are made with the token of upstream ${upstream.name}`
        : 'but no token in upstream is for this zone: calls are refused';
      return { isAllowed: upstream !== undefined, lines: [why, token] };
    }
    if (own.length === 0) return refused(`no grant is for ${principal.id}`);
    if (here.length === 0)
      return refused(`the grants of ${principal.id} are for other zones: ${placesOf(own)}`);
    const roles = here.map(({ place, grant }) => `${place} (${grant.role})`).join(', ');
    return refused(`no role of ${principal.id} in this zone has ${action}: ${roles}`);
  }
}

function refused(line: string): Explanation {
  return { isAllowed: false, lines: [`not allowed: ${line}`] };
}

function placesOf(grants: readonly { readonly place: string }[]): string {
  return grants.map(({ place }) => place).join(', ');
}

function isFor(grant: Grant, { knownBy, claims }: Principal): boolean {
  if ('key' in grant) return 'key' in knownBy && knownBy.key === grant.key;
  if (!('issuer' in knownBy) || knownBy.issuer !== grant.issuer) return false;
  return Object.entries(grant.claims).every(([name, wanted]) =>
    isOneOf(claimIn(claims, name), [wanted].flat()),
  );
}
