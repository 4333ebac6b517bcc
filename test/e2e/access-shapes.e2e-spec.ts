import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JWTPayload } from 'jose';
import { asBearer, expectUnknown } from '../support/access/attacks.js';
import { startIssuer, type TestIssuer } from '../support/access/issuer.js';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { call, envelopeOf } from '../support/http/http.js';
import { emptyZone, pathOf, seededZone } from '../support/http/requests.js';

const ours = 'https://gateway.example.com';
const accessTag = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2';
const assertion = 'Cf-Access-Jwt-Assertion';

/** As the token request of a pod writes it (Kubernetes 1.34). */
const ofPod = (namespace: string, name: string): JWTPayload => ({
  aud: [ours],
  sub: `system:serviceaccount:${namespace}:${name}`,
  jti: 'a8c1c7a5-6d3c-4c4e-9e0e-1e2f3a4b5c6d',
  nbf: Math.floor(Date.now() / 1000),
  'kubernetes.io': {
    namespace,
    node: { name: 'node-1', uid: 'f1a5' },
    pod: { name: `${name}-7d9f-x2x`, uid: '2e1d' },
    serviceaccount: { name, uid: '9b8c' },
    warnafter: Math.floor(Date.now() / 1000) + 3607,
  },
});

/** As GitHub writes it for a job. */
const ofJob = (changes: JWTPayload = {}): JWTPayload => ({
  aud: ours,
  sub: 'repo:acme/edge:environment:production',
  repository: 'acme/edge',
  repository_id: '74',
  repository_owner: 'acme',
  repository_owner_id: '65',
  repository_visibility: 'private',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  sha: 'example-sha',
  environment: 'production',
  actor: 'octocat',
  actor_id: '12',
  event_name: 'push',
  job_workflow_ref: 'acme/edge/.github/workflows/rotate.yml@refs/heads/main',
  run_id: '1',
  runner_environment: 'github-hosted',
  ...changes,
});

/** As Cloudflare Access writes it for somebody who has logged in. */
const ofAccess = (changes: JWTPayload = {}): JWTPayload => ({
  aud: [accessTag],
  sub: '7335d417-61da-459d-899c-0a01c76a2f94',
  email: 'ada@example.com',
  type: 'app',
  identity_nonce: '6ei69kawdKzMIAPF',
  country: 'US',
  custom: { groups: ['edge-admins', 'staff'] },
  ...changes,
});

describe('Tokens as other systems write them', () => {
  let stage: ManagedStage;
  let kubernetes: TestIssuer;
  let github: TestIssuer;
  let access: TestIssuer;

  beforeAll(async () => {
    [kubernetes, github, access] = await Promise.all([startIssuer(), startIssuer(), startIssuer()]);
    const issuerOf = (name: string, { issuer, jwks }: TestIssuer, audience: string, more: object = {}) => ({
      ...{ name, issuer, jwks, audience: [audience], algorithms: ['RS256'] },
      ...more,
    });
    stage = await startManagedStage((usual) => ({
      ...usual,
      issuers: [
        issuerOf('cluster', kubernetes, ours, { actor: '/kubernetes.io/serviceaccount/name' }),
        issuerOf('github', github, ours, { actor: 'repository' }),
        issuerOf('access', access, accessTag, {
          header: assertion,
          subject: ['sub', 'common_name'],
          actor: 'email',
        }),
      ],
      keys: usual['keys'],
      grants: [
        {
          issuer: 'cluster',
          claims: {
            '/kubernetes.io/namespace': 'edge',
            '/kubernetes.io/serviceaccount/name': ['rotator', 'reader'],
          },
          role: 'operator',
          zones: [seededZone],
        },
        {
          issuer: 'github',
          claims: { repository_id: '74', environment: 'production', ref: 'refs/heads/main' },
          role: 'operator',
          zones: [seededZone],
        },
        { issuer: 'access', claims: { '/custom/groups': 'edge-admins' }, role: 'admin', zones: ['*'] },
        { issuer: 'access', claims: { common_name: 'ci.access' }, role: 'viewer', zones: ['*'] },
        { key: 'auditor', role: 'auditor', zones: ['*'] },
      ],
    }));
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    for (const issuer of [kubernetes, github, access]) await issuer?.close();
  });

  const statusOf = async (headers: Record<string, string>, zone = seededZone) =>
    (await stage.ask('GET', pathOf('/settings', zone), { headers })).status;
  const viewerOf = async (headers: Record<string, string>) =>
    envelopeOf(await call(`${stage.gateway.url}/v1/me`, 'GET', { headers })).result;

  it('Of a pod in Kubernetes: by namespace and service account', async () => {
    const of = async (claims: JWTPayload) => asBearer(await kubernetes.token(claims));
    const rotator = await of(ofPod('edge', 'rotator'));

    expect(await statusOf(rotator)).toBe(200);
    expect(await statusOf(rotator, emptyZone)).toBe(403);
    expect(await viewerOf(rotator)).toMatchObject({
      actor: 'cluster|system:serviceaccount:edge:rotator',
      name: 'rotator',
      roles: ['operator'],
    });
    expect(await statusOf(await of(ofPod('dev', 'rotator')))).toBe(403);
    expect(await statusOf(await of(ofPod('edge', 'default')))).toBe(403);
    // Anybody may name a namespace in another claim.
    expect(
      await statusOf(
        await of({ ...ofPod('dev', 'rotator'), namespace: 'edge', 'kubernetes.io/namespace': 'edge' }),
      ),
    ).toBe(403);
    await expectUnknown(
      stage,
      await of({ ...ofPod('edge', 'rotator'), aud: ['https://kubernetes.default.svc'] }),
      /another audience/,
    );
  });

  it('Of a job of GitHub Actions: by repository, environment and branch', async () => {
    const of = async (claims: JWTPayload = {}) => asBearer(await github.token(ofJob(claims)));

    expect(await statusOf(await of())).toBe(200);
    expect(await viewerOf(await of())).toMatchObject({
      actor: 'github|repo:acme/edge:environment:production',
      name: 'acme/edge',
    });
    for (const other of [
      { repository_id: '75' },
      { repository_id: 74 },
      { environment: undefined },
      { ref: 'refs/pull/7/merge' },
      { ref: 'refs/heads/main2' },
    ])
      expect(await statusOf(await of(other))).toBe(403);
    await expectUnknown(stage, await of({ aud: 'https://github.com/acme' }), /another audience/);
  });

  it('Of Cloudflare Access: in its header, by group, and known by e-mail address', async () => {
    const of = async (claims: JWTPayload = {}) => ({ [assertion]: await access.token(ofAccess(claims)) });
    const ada = await of();
    const cookie = {
      ...ada,
      cookie: `CF_Authorization=${ada[assertion]}`,
      'cf-access-authenticated-user-email': 'eve@example.com',
    };

    expect(await statusOf(ada)).toBe(200);
    expect(await statusOf(cookie, emptyZone)).toBe(200);
    expect(await viewerOf(cookie)).toMatchObject({
      actor: 'access|7335d417-61da-459d-899c-0a01c76a2f94',
      name: 'ada@example.com',
    });
    expect(await statusOf(await of({ custom: { groups: ['staff'] } }))).toBe(403);
    expect(await statusOf(await of({ custom: 'edge-admins' }))).toBe(403);
    await expectUnknown(stage, { cookie: cookie.cookie }, /Send a token or an API key/);
    await expectUnknown(stage, asBearer(ada[assertion] ?? ''), /not accepted in this header/);
    await expectUnknown(stage, await of({ aud: ['another application'] }), /another audience/);
  });

  it('Of a service token of Cloudflare Access, whose subject is empty, is known by its client id', async () => {
    const of = async (claims: object) => ({
      [assertion]: await access.token(ofAccess({ sub: '', email: undefined, ...claims })),
    });
    const known = await of({ common_name: 'ci.access', custom: undefined });

    expect(await viewerOf(known)).toMatchObject({ actor: 'access|ci.access', name: null, roles: ['viewer'] });
    await expectUnknown(stage, await of({}), /names no subject/);
    await expectUnknown(stage, await of({ common_name: ['ci.access'] }), /names no subject/);
  });
});
