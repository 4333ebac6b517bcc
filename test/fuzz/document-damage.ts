import { getIntrospectionQuery } from 'graphql';
import { type Random } from '../support/basics/random.js';
import { seededZone } from '../support/http/requests.js';
import { damaged, oneOf, times } from './chances.js';
import { texts } from './wild-values.js';

const pieces = [
  ...['{', '}', '(', ')', '[', ']', ':', '!', '$', '@', '...', '|', '&', '=', '"', '"""', '#', ',', '\\'],
  ...['\0', '\ufeff', '\u2028', 'é', '\ud800', '\\u{110000}', '\\ud800', '__typename', 'on', 'null', 'true'],
  ...['99999999999999999999', '-1', '1e999', '0x1', '1.', 'fragment', 'query', 'mutation', 'subscription'],
  ...[
    '@skip(if: true)',
    '@include(if: false)',
    '@deprecated',
    '@x',
    '@defer',
    '@skip',
    '@include(if: $v0_id)',
  ],
];

/** A document that the schema does not allow, or that is much larger than it looks. */
export function damagedDocument(random: Random, document: string, secrets: readonly string[]): string {
  const many = random.of([2, 10, 30, 100, 400]);
  const zone = `zone(id: "${seededZone}")`;
  return oneOf(random, [
    [12, () => damaged(random, document, pieces)],
    [4, () => damaged(random, damaged(random, document, pieces), pieces)],
    [3, () => document.replace(/(\w+)\s*\{/, `$1 ${random.of(pieces)} {`)],
    [3, () => document.replace(/"[^"]*"/, () => JSON.stringify(random.of([...texts, ...secrets])))],
    [2, () => `{ ${zone} { ${times(many, (index) => `a${index}: settings { enabled }`).join(' ')} } }`],
    [2, () => `{ ${times(many, (index) => `a${index}: ${zone} { id }`).join(' ')} }`],
    [2, () => `{ ${zone} { ${times(many, () => 'id').join(' ')} } }`],
    [2, () => `{ ${'a { '.repeat(many)}b${' }'.repeat(many)} }`],
    [2, () => circle(many)],
    [2, () => bomb(random.of([3, 10, 40]))],
    [2, () => `{ ${zone} { ${certificatesInHostnames(random.of([1, 2, 5, 20]))} } }`],
    [2, () => `${document} ${document.replace(/^(query|mutation)/, '$1 b')}`],
    [2, () => times(many, (index) => `query q${index} { __typename }`).join(' ')],
    [1, () => `{ ${zone} { id ${times(many, () => random.of(pieces.slice(-7))).join(' ')} } }`],
    [1, () => `query (${times(many, (index) => `$v${index}: ID = "x"`).join(', ')}) { __typename }`],
    [1, () => `{ zone(id: ${'['.repeat(many)}${']'.repeat(many)}) { id } }`],
    [1, () => `{ zone(id: ${'9'.repeat(many * 10)}) { id } }`],
    [1, () => `{ zone(id: "${'\\u0061'.repeat(many)}") { id } }`],
    [1, () => `{ ${zone} { bücher: id } }`],
    [1, () => getIntrospectionQuery()],
    [1, () => '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }'],
    [1, () => '{ __type(name: "Zone") { name fields { name } } }'],
    [1, () => `{ zone(id: ${JSON.stringify(random.of(secrets))}) { ${random.of(['id', 'x'])} } }`],
    [1, () => `{ ${random.of(secrets).replace(/\W+/g, '_')} }`],
    [
      1,
      () =>
        `mutation { uploadZoneCertificate(input: { zoneId: "x", certificate: "x", privateKey: ${JSON.stringify(random.of(secrets))} }) { receipt { seq } } }`,
    ],
    [1, () => 'subscription { x }'],
    [1, () => `${document} # ${'x'.repeat(many * 100)}`],
    [1, () => random.of(texts)],
    [1, () => `type Query { x: Int } ${document}`],
  ]);
}

const circle = (count: number) =>
  `{ ...f0 } ${times(count, (index) => `fragment f${index} on Query { ...f${(index + 1) % count} }`).join(' ')}`;

/** Twice as many fields with each fragment. */
const bomb = (count: number) =>
  `{ ...f${count} } fragment f0 on Query { __typename } ${times(
    count,
    (index) => `fragment f${index + 1} on Query { ...f${index} ...f${index} }`,
  ).join(' ')}`;

const certificatesInHostnames = (levels: number) =>
  `hostnames(first: 1000) { nodes { ${'certificate { inUse { hostnames { '.repeat(levels)}name${' } } }'.repeat(levels)} } }`;
