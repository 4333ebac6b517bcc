import { METHODS } from 'node:http';
import { type Random } from '../support/basics/random.js';
import { type TestCertificate } from '../support/certificates/certificates.js';
import { type Use } from '../support/http/requests.js';
import { chance, oneOf } from './chances.js';
import { type Document } from './documents.js';
import { contentTypes, extraHeaders, type Header } from './headers.js';
import { bodyOf } from './json-bodies.js';
import { type Callers, type Credential } from './callers.js';
import { targetOf } from './targets.js';

export interface GeneratedRequest {
  readonly face: 'REST' | 'GraphQL';
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body?: Buffer;
}

/** What requests are made of. */
export interface Material {
  readonly callers: Callers;
  readonly uses: readonly Use[];
  readonly certificates: readonly TestCertificate[];
  document(random: Random, certificate: TestCertificate, secrets: readonly string[]): Document;
}

const otherPaths = [
  '/',
  '/docs',
  '/openapi.json',
  '/schema.graphql',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/graphql',
  '/favicon.ico',
];
const odd = METHODS.filter((method) => method !== 'CONNECT');
const usual = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** A valid request over one face, of which some parts were changed. */
export function requestOf(random: Random, material: Material): GeneratedRequest {
  const credential = material.callers.credential(random);
  return chance(random, 50)
    ? overRest(random, material, credential)
    : overGraphQL(random, material, credential);
}

function overRest(
  random: Random,
  { uses, certificates }: Material,
  credential: Credential,
): GeneratedRequest {
  const { privateKey, certificate } = random.of(certificates);
  const secrets = misplaced(credential, privateKey);
  const { method, path, body } = chance(random, 5)
    ? { method: 'GET', path: random.of(otherPaths) }
    : chance(random, 5)
      ? { method: 'GET', path: auditSearch(random) }
      : within(random.of(uses));
  const isUpload = typeof body === 'object' && body !== null && 'private_key' in body;
  const valid = isUpload ? { certificate, private_key: privateKey } : body;
  const methodSent = chance(random, 85) ? method : random.of(chance(random, 70) ? usual : odd);
  const sent =
    valid !== undefined || chance(random, 6)
      ? bodyOf(random, valid ?? { enabled: true }, secrets)
      : undefined;
  return {
    face: 'REST',
    method: methodSent,
    target: targetOf(random, path, secrets),
    headers: headersFor(random, credential, secrets, sent),
    ...(sent !== undefined && { body: sent }),
  };
}

const within = ({ method, path, body }: Use) => ({ method, path: `/client/v4${path}`, body });

function auditSearch(random: Random): string {
  const zone = '023e105f4ecef8ad9ca31a8372d0c353';
  return `/audit/events?zone=${zone}&limit=${random.of(['1', '10', '0', 'x'])}${random.of([
    '',
    '&cursor=AAAA',
    '&since=2026-01-01T00:00:00Z',
    '&action=settings.update',
    '&status=success',
    '&incomplete=true',
    '&actor=user%40example.com',
  ])}`;
}

function overGraphQL(random: Random, material: Material, credential: Credential): GeneratedRequest {
  const certificate = random.of(material.certificates);
  const secrets = misplaced(credential, certificate.privateKey);
  const document = material.document(random, certificate, secrets);
  if (chance(random, 20)) return byGet(random, document, credential, secrets);
  const valid = oneOf<unknown>(random, [
    [30, () => document],
    [1, () => [document, document]],
    [1, () => ({ ...document, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } })],
    [1, () => ({ ...document, operationName: random.of(['', 'x', 'a', '__proto__']) })],
    [1, () => ({ ...document, id: 'x', doc_id: 1 })],
  ]);
  const sent = chance(random, 75) ? Buffer.from(JSON.stringify(valid)) : bodyOf(random, valid, secrets);
  return {
    face: 'GraphQL',
    method: chance(random, 97) ? 'POST' : random.of(usual),
    target: chance(random, 92) ? '/graphql' : targetOf(random, '/graphql', secrets),
    headers: headersFor(random, credential, secrets, sent),
    body: sent,
  };
}

function byGet(
  random: Random,
  { query, variables }: Document,
  credential: Credential,
  secrets: readonly string[],
): GeneratedRequest {
  const target = `/graphql?query=${encodedOf(query)}${
    variables === undefined ? '' : `&variables=${encodedOf(JSON.stringify(variables))}`
  }`;
  return {
    face: 'GraphQL',
    method: chance(random, 90) ? 'GET' : 'HEAD',
    target: chance(random, 85) ? target : targetOf(random, target, secrets),
    headers: [...headersFor(random, credential, secrets), ['apollo-require-preflight', 'true']],
  };
}

/** As `encodeURIComponent`, which throws at half a surrogate pair. */
const encodedOf = (text: string) => encodeURIComponent(text.toWellFormed());

function headersFor(
  random: Random,
  { headers }: Credential,
  secrets: readonly string[],
  body?: Buffer,
): Header[] {
  const type = chance(random, 92) ? 'application/json' : random.of(contentTypes);
  const typed: Header[] = body === undefined || chance(random, 2) ? [] : [['content-type', type]];
  return [...headers, ...typed, ...extraHeaders(random, secrets)];
}

/**
 * The secrets of a request, in the forms in which somebody may paste them where they do not belong. One that the credential lost
 * when it was misspelt is left out: nobody can know it for a secret.
 */
function misplaced({ headers, secrets }: Credential, privateKey: string): string[] {
  const pem = privateKey.replace(/-----[^-]+-----|\s/g, '');
  return [
    ...secrets.filter((secret) => headers.some(([, value]) => value.includes(secret))),
    privateKey,
    privateKey,
    pem,
    Buffer.from(privateKey).toString('base64'),
    Buffer.from(pem, 'base64').toString('hex'),
  ];
}
