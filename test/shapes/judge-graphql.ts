import { type OperationName } from '../../sandbox/operation.js';
import { type GraphQLFailure, type UserErrorShown } from '../support/graphql/graphql.js';
import { type Reply } from '../support/http/http.js';
import { certificateId } from './documented.js';
import { isChange } from './faces.js';
import {
  associationShown,
  canonical,
  certificateShown,
  codesIn,
  envelopeIn,
  hostnameShown,
  isAssociation,
  isCertificate,
  isOnOrOff,
  isSwitch,
  isThing,
  lacksPermission,
  listIn,
  oneIn,
  promisedBy,
  resultIn,
  verdictOf,
  wordsIn,
} from './model.js';
import { emptyPage, type Shape, type World } from './shapes.js';

interface Payload {
  readonly it: unknown;
  readonly userErrors?: readonly UserErrorShown[];
}

interface Answered {
  readonly data?: { readonly zone?: { readonly it: unknown } | null; readonly it?: Payload | null } | null;
  readonly errors?: readonly GraphQLFailure[];
}

/** The problems of an answer over GraphQL, compared with what upstream did. */
export function problemsOverGraphQL(operation: OperationName, world: World, reply: Reply): string[] {
  const answered = JSON.parse(reply.body.toString()) as Answered;
  const { data, errors = [] } = answered;
  const payload = isChange(operation) ? data?.it : null;
  const shown = (isChange(operation) ? payload?.it : data?.zone?.it) ?? null;
  const { userErrors = [] } = payload ?? {};
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  expect(!errors.some(({ extensions: { code } }) => code === 'INTERNAL'), 'is INTERNAL');

  if (isAbsent(operation, world)) {
    expect(shown === null && errors.length === 0, 'is not null without an error');
    return problems;
  }
  const wanted = shownOf(operation, world);
  if (wanted !== null) {
    expect(errors.length + userErrors.length === 0, 'fails where all of it can be read');
    expect(sameJson(shown, wanted), `shows ${JSON.stringify(shown)} where it is ${JSON.stringify(wanted)}`);
    return problems;
  }
  expect(shown === null, `shows ${JSON.stringify(shown)} where it cannot be read`);
  expect(errors.length + userErrors.length > 0, 'says nothing of what went wrong');
  const text = [...errors, ...userErrors].map(({ message }) => message).join(' ');
  if (isChange(operation)) problems.push(...problemsOfChange(world, errors, userErrors, text));
  // In the other cases a page after the first makes it fail.
  if (operation !== 'hostname.list') problems.push(...missingIn(world.pages[0], errors, userErrors, text));
  return problems;
}

/** Whether upstream says that what was asked for does not exist. */
function isAbsent(operation: OperationName, { pages: [shape] }: World): boolean {
  const isOne = /^(?:zone_certificate|hostname_certificate|hostname)\.get$/.test(operation);
  if (!isOne || verdictOf(shape) !== 'refused') return false;
  const isCertificateGone =
    shape.status === 404 && operation !== 'hostname.get' && envelopeIn(shape.text) !== null;
  return isCertificateGone || codesIn(shape).some((code) => [1551, 1552, 1553].includes(code));
}

function problemsOfChange(
  { pages: [shape] }: World,
  errors: readonly GraphQLFailure[],
  userErrors: readonly UserErrorShown[],
  text: string,
): string[] {
  const isTold = errors.some(({ extensions }) => typeof extensions['operationId'] === 'string');
  switch (verdictOf(shape)) {
    case 'done':
      return /^The change was made\./.test(text) && isTold ? [] : ['does not say that the change was made'];
    case 'refused':
      return /was made|not known/.test(text) || isTold ? ['says that a refused change may be made'] : [];
    default:
      return /is not known\./.test(text) && isTold && userErrors.length === 0
        ? []
        : ['does not say that the change may be made'];
  }
}

/** The messages and codes of upstream. */
function missingIn(
  shape: Shape,
  errors: readonly GraphQLFailure[],
  userErrors: readonly UserErrorShown[],
  text: string,
): string[] {
  const verdict = verdictOf(shape);
  const lost = wordsIn(shape).filter((words) => !text.includes(words));
  const told = [
    ...errors.flatMap(({ extensions }) => (extensions['upstreamCodes'] as number[] | undefined) ?? []),
    ...userErrors.flatMap(({ upstreamCode }) => upstreamCode ?? []),
  ];
  const codes = verdict === 'refused' || verdict === 'failed' ? codesIn(shape) : [];
  return [
    ...lost.map((words) => `does not say "${words}"`),
    ...(codes.every((code) => told.includes(code)) ? [] : [`has not the codes ${codes.join(', ')}`]),
  ];
}

/** The expected data; null where the read has to fail. */
function shownOf(operation: OperationName, world: World): unknown {
  const { pages, changes } = world;
  if (operation === 'hostname.list') return associationsShown(pages);
  const [shape] = pages;
  // Where Cloudflare refuses the global level for want of a permission, that is what is shown.
  if (operation === 'global_level.get' && lacksPermission(shape))
    return { enabled: null, missingPermission: 'Zone Settings Read' };
  if (verdictOf(shape) !== 'done') return null;
  const result = resultIn(shape);
  const one = oneIn(result);
  switch (operation) {
    case 'settings.get':
      // Null is Cloudflare's default, which is off.
      return isSwitch(one) && 'enabled' in one ? { enabled: one['enabled'] ?? false } : null;
    case 'settings.update':
      return isSwitch(one) && typeof one['enabled'] === 'boolean' ? { enabled: one['enabled'] } : null;
    case 'global_level.get':
    case 'global_level.update':
      return isOnOrOff(one) ? { enabled: one['value'] === 'on', missingPermission: null } : null;
    case 'hostname.get':
      return isAssociation(one) ? hostnameShown(one) : null;
    case 'hostname.update':
      return changedShown(changes, result);
    case 'zone_certificate.list':
    case 'hostname_certificate.list': {
      const list = listIn(shape, isCertificate);
      const { things, pages: pageCount } = promisedBy(shape);
      return list && things <= list.length && pageCount <= 1
        ? list.filter(({ status }) => status !== 'deleted').map(certificateShown)
        : null;
    }
    case 'zone_certificate.delete':
    case 'hostname_certificate.delete': {
      const deleted = [result]
        .flat()
        .find((each) => isCertificate(each) && sameId(each['id'], certificateId));
      return isThing(deleted) ? certificateShown(deleted) : null;
    }
    default:
      return isCertificate(one) ? certificateShown(one) : null;
  }
}

function changedShown(changes: readonly string[], result: unknown): unknown {
  const things = [result].flat().filter(isAssociation);
  const shown = changes.map((name) => {
    const named = things.filter(({ hostname }) => canonical(hostname) === canonical(name));
    const changed = named.findLast(({ cert_id: id }) => sameId(id, certificateId)) ?? named.at(-1);
    return changed && hostnameShown(changed);
  });
  return shown.every((each) => each !== undefined) ? shown : null;
}

/** The whole list, where the pages of upstream are consistent and announce no further items. */
function associationsShown(pages: readonly Shape[]): unknown {
  const all: Record<string, unknown>[] = [];
  const came = new Set<string>();
  let things = 0;
  let pageCount = 0;
  for (let index = 0; ; index += 1) {
    const shape = pages[index] ?? emptyPage;
    if (verdictOf(shape) !== 'done') return null;
    const list = listIn(shape, isAssociation);
    if (!list) return null;
    const said = promisedBy(shape);
    things = Math.max(things, said.things);
    pageCount = Math.max(pageCount, said.pages);
    const before = came.size;
    all.push(...list);
    for (const { hostname, cert_id, status, created_at } of list.map(associationShownOf))
      came.add(JSON.stringify([hostname, cert_id, status, created_at]));
    if (list.length === 0) {
      const isWhole = things <= came.size && pageCount <= Math.max(1, index);
      return isWhole ? connectionOf(all) : null;
    }
    if (came.size === before) return null;
    // Upstream reports that this page is the last.
    const isLast = hasTotal(shape) ? said.things === came.size : said.pages === index + 1;
    if (isLast && things <= came.size && index + 1 >= pageCount) return connectionOf(all);
  }
}

/** The id or hostname of an item, as GraphQL shows it. */
function associationShownOf(wire: Record<string, unknown>) {
  const { name, status, createdAt, certificate } = associationShown(wire);
  return { hostname: name, cert_id: certificate?.id, status, created_at: createdAt };
}

function hasTotal({ text }: Shape): boolean {
  return /"total_count":"?\d/.test(text);
}

/** For each hostname, its last association that is not deleted. */
function connectionOf(all: readonly Record<string, unknown>[]) {
  const live = all.filter(({ status }) => status !== 'deleted').map(associationShown);
  const nodes = [...new Map(live.map((each) => [each.name, each])).values()].sort((one, other) =>
    one.name < other.name ? -1 : 1,
  );
  return { totalCount: nodes.length, nodes, pageInfo: { hasNextPage: false } };
}

const sameId = (id: unknown, other: string) => typeof id === 'string' && id.toLowerCase() === other;

/** Independent of the order of members. */
function sameJson(one: unknown, other: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    isThing(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return JSON.stringify(one, sorted) === JSON.stringify(other, sorted);
}
