import fc from 'fast-check';
import { type OperationName } from '../../sandbox/operation.js';
import * as documented from './documented.js';

/** What upstream does with a call, and what it answers. */
export interface Shape {
  readonly status: number;
  /** The body, as it is sent. */
  readonly text: string;
  /** The connection ends in the middle of the body. */
  readonly isCut: boolean;
}

/** What the generated upstream does in one case. */
export interface World {
  readonly zone: string;
  /** The answers to the call: one for each page. Pages after the last are empty. */
  readonly pages: readonly [Shape, ...Shape[]];
  /** The hostnames that a change names, each as it is sent. */
  readonly changes: readonly string[];
}

const { constantFrom: of } = fc;
const resultHere = 'the result stands here';

const whole = (status: number, body: unknown): Shape => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  isCut: false,
});

export const emptyPage = whole(200, { success: true, errors: [], messages: [], result: [] });

/** An array for an object, an object for an array, more or fewer of them, or something else. */
function containersOf(one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 10, arbitrary: one },
    { weight: 4, arbitrary: fc.tuple(one) },
    { weight: 2, arbitrary: fc.tuple(one, one) },
    { weight: 1, arbitrary: one.map((item) => ({ certificates: [item] })) },
    { weight: 1, arbitrary: one.map((item) => [[item]]) },
    { weight: 1, arbitrary: one.map((item) => ['x', null, item, 5]) },
    { weight: 3, arbitrary: of<unknown>(null, undefined, [], {}, 'done', '', 5, true) },
  );
}

const info = (came: number): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 6, arbitrary: of<unknown>(undefined, null, {}, [], 'none', { page: 1, per_page: 50 }) },
    {
      weight: 6,
      arbitrary: of<unknown>(
        { page: 1, per_page: 50, count: came, total_count: came, total_pages: 1 },
        { total_count: String(came), total_pages: '1' },
        { total_count: 'many', total_pages: null },
      ),
    },
    {
      weight: 4,
      arbitrary: of<unknown>(
        { total_count: came + 1 },
        { total_count: String(came + 40) },
        { count: came, total_pages: 2 },
        { count: came + 1 },
        { total_pages: '3' },
      ),
    },
  );

const listOf = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 16, arbitrary: fc.array(item, { maxLength: 4 }) },
    { weight: 2, arbitrary: fc.tuple(item, of<unknown>('x', 5, null, [], {})) },
    { weight: 2, arbitrary: item },
    { weight: 1, arbitrary: item.map((one) => ({ certificates: [one] })) },
    { weight: 3, arbitrary: of<unknown>(null, undefined, {}, 'none', 0, false) },
  );

/** An envelope of success around a result. */
function success(result: fc.Arbitrary<unknown>, resultInfo: (result: unknown) => fc.Arbitrary<unknown>) {
  return result.chain((made) =>
    fc
      .tuple(
        of(200, 200, 200, 201, 202),
        resultInfo(made),
        of<object>({ errors: [], messages: [] }, { errors: null }, {}, { errors: [], extra: { a: [1] } }),
      )
      .map(([status, result_info, more]) =>
        whole(status, { success: true, ...more, result: made, result_info }),
      ),
  );
}

const noInfo = () => fc.constant(undefined);
const infoOf = (result: unknown) => info(Array.isArray(result) ? result.length : 0);

/** Reasons as they are documented, and in other shapes. */
const reasons = of<object>(
  { errors: [{ code: 1999, message: 'the first reason' }] },
  { errors: [{ code: '20001', message: 'a number as text' }, { message: 'no code' }] },
  { errors: ['a text alone'] },
  { errors: { code: 1998, message: 'one object' } },
  { errors: [], messages: [{ code: 1997, message: 'among the messages' }] },
  {
    errors: [
      null,
      5,
      { code: 1996, message: 'among odd ones', error_chain: [{ code: 1, message: 'chained' }] },
    ],
  },
  { error: 'said apart' },
  { errors: [] },
  { errors: null, messages: null },
  {},
);

const refusalStatus = of(400, 400, 401, 403, 404, 405, 409, 422, 429);
const failureStatus = of(500, 502, 503, 504, 520);

const refused = fc
  .tuple(refusalStatus, reasons)
  .map(([status, said]) => whole(status, { success: false, result: null, ...said }));
const noRoute = fc.constant(whole(400, { success: false, errors: [{ code: 7003 }, { code: 7000 }] }));
const refusedWithin = fc
  .tuple(of(200, 201), reasons)
  .map(([status, said]) => whole(status, { success: false, ...said }));
const failed = fc
  .tuple(failureStatus, reasons)
  .map(([status, said]) => whole(status, { success: false, ...said }));

const texts = of(
  '',
  'error code: 1015',
  '<!doctype html><p>Sorry',
  '{"success":true,"result":{"id"',
  '[]',
  '[{"code":1995,"message":"an array alone"}]',
  'null',
  '5',
  '"a text in JSON"',
  '{}',
  '{"result":{"enabled":true}}',
  '{"success":"true","result":{}}',
  '{"success":1}',
  '\ufeff{"success":true,"result":{"enabled":true}}',
);
const unread = fc
  .tuple(fc.oneof(of(200, 200, 200, 201, 204, 302, 307), refusalStatus, failureStatus), texts)
  .map(([status, text]) => whole(status, status === 204 ? '' : text));

const cut = (shape: fc.Arbitrary<Shape>) =>
  shape.filter(({ text }) => text.length > 2).map((cutShort) => ({ ...cutShort, isCut: true }));

function shapeOf(succeeded: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> {
  return fc.oneof(
    { weight: 20, arbitrary: succeeded },
    { weight: 4, arbitrary: refused },
    { weight: 3, arbitrary: refusedWithin },
    { weight: 3, arbitrary: failed },
    { weight: 6, arbitrary: unread },
    { weight: 1, arbitrary: cut(succeeded) },
  );
}

const pagesOf = (shape: fc.Arbitrary<Shape>) => shape.map((one): World['pages'] => [one]);

/** The associations of a zone in pages, with right, missing, odd or too large counts, and with repeated pages. */
const associationPages: fc.Arbitrary<World['pages']> = fc
  .tuple(
    fc.tuple(...documented.associations),
    fc.nat({ max: documented.hostnames.length }),
    fc.integer({ min: 1, max: 5 }),
    of('none', 'right', 'total', 'pages', 'texts', 'odd', 'too many', 'more pages', 'too few', 'more here'),
    of('as they are', 'as they are', 'as they are', 'the first again', 'an odd entry', 'one that fails'),
    shapeOf(success(listOf(documented.certificate), noInfo)),
  )
  .map(([all, count, size, counts, how, another]): World['pages'] => {
    const items: unknown[] = all.slice(0, count);
    if (how === 'an odd entry') items.splice(count >> 1, 0, 'x');
    const chunks: unknown[][] = [];
    for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
    if (chunks.length === 0) chunks.push([]);
    const total = items.length;
    const pages = chunks.length;
    const infos: Readonly<Record<string, (here: number) => unknown>> = {
      none: () => undefined,
      right: (here) => ({ count: here, total_count: total, total_pages: pages, per_page: size }),
      total: () => ({ total_count: total }),
      pages: () => ({ total_pages: pages }),
      texts: () => ({ total_count: String(total), total_pages: String(pages) }),
      odd: () => ({ total_count: {}, total_pages: -1 }),
      'too many': () => ({ total_count: total + 3 }),
      'more pages': () => ({ total_count: total, total_pages: pages + 1 + Number(total === 0) }),
      'too few': (here) => ({ total_count: here - 1 }),
      'more here': (here) => ({ count: here + 1 + total }),
    };
    const [first = emptyPage, ...others] = chunks.map((chunk) =>
      whole(200, { success: true, result: chunk, result_info: infos[counts]?.(chunk.length) }),
    );
    if (how === 'the first again') return [first, first, ...others];
    return how === 'one that fails' ? [first, another, ...others] : [first, ...others];
  });

const single = (thing: fc.Arbitrary<unknown>) => pagesOf(shapeOf(success(containersOf(thing), noInfo)));
const list = (thing: fc.Arbitrary<unknown>) => pagesOf(shapeOf(success(listOf(thing), infoOf)));

type Thing = Readonly<Record<string, unknown>>;

/** The changes of a PUT, and its answer: the hostnames in any spelling and order, with other ones, with one missing. */
const updates = fc
  .tuple(
    fc.uniqueArray(fc.nat({ max: documented.hostnames.length - 1 }), { minLength: 2, maxLength: 4 }),
    fc.tuple(...documented.hostnames.map((spellings) => of(...spellings))),
    fc.tuple(...documented.hostnamesWhole),
    of('all', 'in another order', 'the first alone', 'with others', 'one missing', 'another', 'odd'),
    of<unknown>(null, undefined, [], {}, 'done', 5),
  )
  .map(([[another = 0, ...indexes], spelt, things, how, odd]) => {
    const changed = indexes.map((index): Thing => things[index] ?? {});
    const other = things[another];
    const results: Readonly<Record<typeof how, unknown>> = {
      all: changed,
      'in another order': changed.toReversed(),
      'the first alone': changed[0],
      'with others': [other, 'x', ...changed],
      'one missing': changed.slice(1),
      another: [other],
      odd,
    };
    return { changes: indexes.map((index) => spelt[index] ?? ''), result: results[how] };
  });

/** The result does not matter where the answer is not a success. */
const worldsOfUpdates = fc
  .tuple(updates, shapeOf(success(fc.constant(resultHere), noInfo)))
  .map(([{ changes, result }, shape]) => ({
    changes,
    pages: [{ ...shape, text: withResult(shape.text, result) }] as const,
  }));

/** The body where the result is put into it. */
function withResult(text: string, result: unknown): string {
  const [before, after] = text.split(`"result":${JSON.stringify(resultHere)}`);
  if (before === undefined || after === undefined) return text;
  if (result === undefined) return before.replace(/,$/, '') + after;
  return `${before}"result":${JSON.stringify(result)}${after}`;
}

const [appAssociation] = documented.associations as [fc.Arbitrary<Thing>];
const [app] = documented.hostnamesWhole as [fc.Arbitrary<Thing>];

/** The pages that upstream may answer an operation with. */
const pagesFor: Readonly<Record<Exclude<OperationName, 'hostname.update'>, fc.Arbitrary<World['pages']>>> = {
  'zone_certificate.list': list(documented.certificate),
  'zone_certificate.get': single(documented.certificate),
  'zone_certificate.upload': single(documented.certificate),
  'zone_certificate.delete': single(documented.certificate),
  'hostname_certificate.list': list(documented.certificate),
  'hostname_certificate.get': single(documented.certificate),
  'hostname_certificate.upload': single(documented.certificate),
  'hostname_certificate.delete': single(documented.certificate),
  'hostname.list': fc.oneof(
    { weight: 3, arbitrary: associationPages },
    { weight: 1, arbitrary: list(appAssociation) },
    { weight: 1, arbitrary: pagesOf(noRoute) },
  ),
  'hostname.get': single(app),
  'settings.get': single(documented.settings),
  'settings.update': single(documented.settings),
  'global_level.get': single(documented.globalLevel),
  'global_level.update': single(documented.globalLevel),
};

export function worldsOf(operation: OperationName): fc.Arbitrary<Omit<World, 'zone'>> {
  if (operation === 'hostname.update') return worldsOfUpdates;
  return pagesFor[operation].map((pages) => ({ pages, changes: [] }));
}
