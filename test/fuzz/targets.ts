import { type Random } from '../support/basics/random.js';
import { blocks, forms, places } from '../support/http/hostile-targets.js';
import { bytesOf, oneOf } from './chances.js';

const queries = [
  'page=1',
  'page=0',
  'page=-1',
  'page=99999999999999999999',
  'per_page=1000',
  'per_page=x',
  'status=active',
  'status[]=all',
  'status[a][b]=c',
  'status=all&status=active',
  '__proto__[x]=1',
  'constructor.prototype.x=1',
  'page=%00',
  'page=%ff',
  'page=%',
  '&&&=&=',
  '?',
  'a'.repeat(3000),
  'x=1&'.repeat(1500),
  'limit=1&cursor=AAAA',
  'zone=x&limit=0',
];

/** A target that is valid, or was before one thing of it was changed. Latin-1: one character is one byte on the wire. */
export function targetOf(random: Random, valid: string, secrets: readonly string[]): string {
  return oneOf(random, [
    [50, () => valid],
    [8, () => withQuery(random, valid)],
    [10, () => withSegment(random, valid, random.of(blocks))],
    [6, () => respelt(random, valid)],
    [5, () => random.of(places)(random.of(blocks))],
    [2, () => random.of(forms)],
    [2, () => withSegment(random, valid, bytesOf(random, 1 + random.below(8)).toString('latin1'))],
    [2, () => withSegment(random, valid, encodeURIComponent(random.of(secrets)).slice(0, 4000))],
    [1, () => `${valid}${valid.includes('?') ? '&' : '?'}q=${encodeURIComponent(random.of(secrets))}`],
  ]);
}

function withQuery(random: Random, target: string): string {
  return `${target}${target.includes('?') ? '&' : '?'}${random.of(queries)}`;
}

/** One segment replaced, or one put before it, behind it or to its end. */
function withSegment(random: Random, target: string, block: string): string {
  const [path = '', ...query] = target.split('?');
  const segments = path.split('/');
  const at = 1 + random.below(segments.length - 1 || 1);
  const segment = segments[at] ?? '';
  const [before, after] = [segments.slice(0, at), segments.slice(at + 1)];
  const put = random.of([
    [block],
    [block, segment],
    [segment, block],
    [`${segment}${block}`],
    [segment, '', ''],
  ]);
  return [[...before, ...put, ...after].join('/'), ...query].join('?');
}

function respelt(random: Random, target: string): string {
  const at = random.below(target.length);
  const encoded = [...target]
    .map((each, index) => (index >= at && /[a-z]/i.test(each) ? `%${each.charCodeAt(0).toString(16)}` : each))
    .join('');
  return random.of([
    encoded,
    encoded.toUpperCase(),
    target.toUpperCase(),
    target.replaceAll('/', '//'),
    target.replaceAll('/', ';x=1/'),
    target.replaceAll('/', '%2f').replace('%2f', '/'),
    target.replaceAll('/', '/./'),
    `${target}/`,
    `${target}#x`,
    target.slice(0, at),
    target.slice(1),
  ]);
}
