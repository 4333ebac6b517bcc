import { type Action, isOfAuditLog } from '../actions.js';
import { type Principal } from '../../request/identity.js';
import { type AccessFile, type Grant, rolesOf, type Upstream } from './access-file.js';
import { claimIn, isOneOf } from './claims.js';

const everyZone = '*';

/** What a caller may do. */
export class Rights {
  readonly roles: readonly string[];
  /** By zone; under `*` those that the caller has in every zone. */
  private readonly rolesByZone = new Map<string, Set<string>>();
  /** The same by zone, made when it is first asked for: a grant may name thousands of zones. */
  private readonly actionsByZone = new Map<string, ReadonlySet<Action>>();

  constructor(
    grants: readonly Grant[],
    private readonly actionsOf: ReadonlyMap<string, ReadonlySet<Action>>,
  ) {
    this.roles = [...new Set(grants.map(({ role }) => role))];
    for (const { role, zones } of grants)
      for (const zone of zones)
        this.rolesByZone.set(zone, (this.rolesByZone.get(zone) ?? new Set()).add(role));
  }

  /** The zones that are granted by their ids, and `*` if all are. */
  get zones(): string[] {
    return [...this.rolesByZone.keys()];
  }

  /** @param zone `*`: what is allowed in every zone */
  actionsIn(zone: string): ReadonlySet<Action> {
    const granted = this.rolesByZone.has(zone) ? zone : everyZone;
    const known = this.actionsByZone.get(granted);
    if (known) return known;
    const roles = new Set([granted, everyZone].flatMap((each) => [...(this.rolesByZone.get(each) ?? [])]));
    const actions = new Set([...roles].flatMap((role) => [...(this.actionsOf.get(role) ?? [])]));
    this.actionsByZone.set(granted, actions);
    return actions;
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
