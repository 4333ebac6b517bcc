import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type RequestListener } from 'node:http';
import { asBearer, expectKnown, expectUnknown } from '../support/access/attacks.js';
import { audience, startIssuer, type TestIssuer } from '../support/access/issuer.js';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { ask } from '../support/graphql/graphql.js';
import { codeOf } from '../support/http/http.js';
import { pathOf } from '../support/http/requests.js';

const misbehaviours: Readonly<Record<string, RequestListener>> = {
  'is away': (_request, response) => void response.destroy(),
  'answers 503': (_request, response) => void response.writeHead(503).end(),
  'sends elsewhere': (request, response) =>
    void response.writeHead(302, { location: `http://${request.headers.host}/other.json` }).end(),
  'answers with a page': (_request, response) => void response.end('<html>'),
  'answers with a set of secrets': (_request, response) =>
    void response.end(JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA', kid: 'key-1' }] })),
  // Bounded here too, should it be read to the end.
  'answers with 100 MB': (_request, response) => {
    let left = 100 * 16;
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(Buffer.alloc(64 * 1024, ' '))) return;
      }
      response.end();
    };
    response.on('drain', more).on('error', () => undefined);
    more();
  },
};

describe('An issuer that', () => {
  let stage: ManagedStage;
  let broken: TestIssuer;

  beforeEach(async () => {
    broken = await startIssuer();
    const { issuer, jwks } = broken;
    stage = await startManagedStage((usual) => ({
      ...usual,
      issuers: [
        ...(usual['issuers'] as object[]),
        { name: 'broken', issuer, jwks, audience: [audience], algorithms: ['RS256'] },
      ],
      grants: [
        ...(usual['grants'] as object[]),
        { issuer: 'broken', claims: {}, role: 'viewer', zones: ['*'] },
      ],
    }));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await stage[Symbol.asyncDispose]();
    await broken.close();
  });

  const ofIssuer = async () => asBearer(await stage.issuer.token({ groups: ['viewer'] }));

  it.each(Object.keys(misbehaviours))(
    '%s: its tokens get 503, those of others are answered',
    async (name) => {
      broken.misbehave(misbehaviours[name] ?? null);
      const headers = asBearer(await broken.token({}));
      for (let count = 0; count < 5; count += 1) {
        const reply = await stage.ask('GET', pathOf('/settings'), { headers });
        expect({ status: reply.status, retry: reply.headers['retry-after'] }).toEqual({
          status: 503,
          retry: '5',
        });
        expect(codeOf(reply)).not.toBe(99010);
      }
      const operation = await ask(stage.gateway, '{ viewer { actor } }', {}, headers);

      expect(operation.status).toBe(503);
      expect(stage.recorder.exchanges).toEqual([]);
      expect(broken.fetches()).toBe(1);
      await expectKnown(stage, await ofIssuer());
      await expectKnown(stage, asBearer(stage.access.keys.viewer));
      expect((await stage.ask('GET', pathOf('/settings'), { headers })).body.toString()).not.toContain(
        broken.jwks,
      );
    },
  );

  it('does not answer holds up its own callers alone, and no longer than 5 s', async () => {
    broken.misbehave(() => undefined);
    const headers = asBearer(await broken.token({}));
    const begun = performance.now();
    const waiting = Promise.all(
      Array.from({ length: 20 }, () => stage.ask('GET', pathOf('/settings'), { headers })),
    );
    for (let count = 0; count < 20; count += 1) await expectKnown(stage, await ofIssuer());
    const others = performance.now() - begun;
    const replies = await waiting;

    expect(others).toBeLessThan(4000);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    expect(performance.now() - begun).toBeLessThan(9000);
    expect(broken.fetches()).toBe(1);
  }, 20_000);

  it('is asked for unknown keys is asked seldom, and its known callers stay fast', async () => {
    const known = asBearer(await broken.token({}));
    await expectKnown(stage, known);
    const flood = async () => {
      for (let count = 0; count < 40; count += 1)
        await expectUnknown(
          stage,
          asBearer(await broken.token({}, { kid: `unknown-${Math.random()}` })),
          /a key that its issuer does not have/,
        );
    };
    await flood();
    expect(broken.fetches()).toBe(1);

    // After the cool-down, an issuer that does not answer any more.
    const later = Date.now() + 31_000;
    jest.spyOn(Date, 'now').mockImplementation(() => later);
    broken.misbehave(() => undefined);
    const begun = performance.now();
    const held = Promise.all(
      Array.from({ length: 40 }, async (_, count) =>
        stage.ask('GET', pathOf('/settings'), {
          headers: asBearer(await broken.token({}, { kid: `unknown-${count}` })),
        }),
      ),
    );
    const times: number[] = [];
    for (let count = 0; count < 30; count += 1) {
      const at = performance.now();
      await expectKnown(stage, known);
      times.push(performance.now() - at);
    }
    expect(performance.now() - begun).toBeLessThan(4500);
    expect(times.sort((one, other) => one - other)[15]).toBeLessThan(200);
    // The issuer may have made these keys since it was asked last.
    expect(new Set((await held).map(({ status }) => status))).toEqual(new Set([503]));
    expect(broken.fetches()).toBeLessThanOrEqual(3);
    await expectKnown(stage, known);
  }, 30_000);

  it('changes its keys is believed as soon as a token names a new one', async () => {
    await expectKnown(stage, asBearer(await broken.token({})));
    await broken.rotate();
    const token = asBearer(await broken.token({}));
    await expectUnknown(stage, token, /a key that its issuer does not have/);
    const later = Date.now() + 31_000;
    jest.spyOn(Date, 'now').mockImplementation(() => later);

    await expectKnown(stage, token);
    expect(broken.fetches()).toBe(2);
  });
});
