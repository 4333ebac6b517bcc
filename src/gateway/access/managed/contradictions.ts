import { builtInRoles } from '../actions.js';
import { type AccessFile, rolesOf, type Upstream } from './access-file.js';

/** What the parts of a file say of each other. */
export function contradictions(file: AccessFile): string[] {
  const { issuers, keys, roles, grants, upstream } = file;
  const known = rolesOf(file);
  return [
    ...repeated(issuers.map((each) => each.name)).map(
      (at) => `issuers[${at}].name: is that of another issuer`,
    ),
    ...repeated(issuers.map(({ issuer, header }) => `${header} ${issuer}`)).map(
      (at) => `issuers[${at}]: another issuer has the same issuer and header`,
    ),
    ...repeated(keys.map(({ id }) => id)).map((at) => `keys[${at}].id: is that of another key`),
    ...Object.keys(roles)
      .filter((role) => Object.hasOwn(builtInRoles, role))
      .map((role) => `roles.${role}: is built in: give yours another name`),
    ...grants.flatMap(({ role }, at) =>
      known.has(role) ? [] : [`grants[${at}].role: there is no such role`],
    ),
    ...repeated(upstream.map((each) => each.name)).map(
      (at) => `upstream[${at}].name: is that of another one`,
    ),
    ...zonesTwice(upstream),
  ];
}

/** Why a gateway does not start with a file. While it runs, the same file takes all rights away at once. */
export function problemsAtStart({ grants, upstream }: AccessFile): string[] {
  return [
    ...(grants.length === 0 ? ['grants: is empty, so that nothing would be allowed'] : []),
    ...(upstream.length === 0 ? ['upstream: is empty, so that no call could be made'] : []),
  ];
}

/** Grants that allow nothing, because a key or an issuer was taken out before them: the rest of the file counts. */
export function danglingGrants({ grants, issuers, keys }: AccessFile): string[] {
  return grants.flatMap((grant, at) => {
    if ('key' in grant)
      return keys.some((key) => key.name === grant.key)
        ? []
        : [`grants[${at}].key: there is no API key of this name`];
    const isKnown = issuers.some((issuer) => issuer.name === grant.issuer);
    return isKnown ? [] : [`grants[${at}].issuer: there is no such issuer`];
  });
}

function zonesTwice(upstream: readonly Upstream[]): string[] {
  const places = upstream.flatMap((each, at) => each.zones.map((zone, index) => ({ zone, at, index })));
  const twice = repeated(places.map(({ zone }) => zone));
  return twice.map((place) => {
    const { at, index } = places[place] as (typeof places)[number];
    return `upstream[${at}].zones[${index}]: another token is for this zone too`;
  });
}

/** Where something stands that has stood before. */
function repeated(list: readonly string[]): number[] {
  const seen = new Set<string>();
  return list.flatMap((each, index) => {
    if (seen.has(each)) return [index];
    seen.add(each);
    return [];
  });
}
