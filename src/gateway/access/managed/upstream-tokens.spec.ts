import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aClock } from '../../../../test/support/basics/clock.js';
import { scratchFolder } from '../../../../test/support/basics/scratch.js';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { type TokenVerdict } from '../access-policy.js';
import { readToken, type TokenPlace, tokenPlaces } from './token-files.js';
import { UpstreamTokens } from './upstream-tokens.js';

const active: TokenVerdict = { status: 'active', id: null, expiresAt: new Date('2030-01-01') };
const refused: TokenVerdict = { status: 'refused', reason: 'it is disabled' };
const unknown: TokenVerdict = { status: 'unknown', reason: 'Cloudflare answers 503' };
const tokenOf = (credential: Credential | null) =>
  credential?.kind === 'token' ? credential.token.reveal() : null;

describe('Upstream tokens', () => {
  const folder = scratchFolder('tokens');
  const accessFile = join(folder, 'access.json');
  const upstream = { name: 'prod', tokenFile: 'write', readTokenFile: 'read', zones: ['*'] };
  const places = tokenPlaces(accessFile, { upstream: [upstream] });
  const [onlyWrite] = places as [TokenPlace, TokenPlace];
  const put = (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
  };
  beforeEach(() => {
    put('write', 'token-one\n');
    put('read', 'token-read\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function someTokens() {
    const troubles = new Map<string, string | null>();
    const changes: string[] = [];
    const asked: string[] = [];
    const verdicts: Record<string, TokenVerdict | Promise<TokenVerdict>> = {};
    const tokens = new UpstreamTokens({
      onChange: ({ use }) => changes.push(use),
      onTrouble: (name, trouble) => troubles.set(name, trouble),
    });
    const look = (at: readonly TokenPlace[] = [onlyWrite]) =>
      tokens.look(at, (credential) => {
        const token = tokenOf(credential) ?? '';
        asked.push(token);
        return Promise.resolve(verdicts[token] ?? active);
      });
    const used = (kind: 'read' | 'write') => tokenOf(tokens.credentialFor(upstream, kind));
    return { tokens, look, used, troubles, changes, asked, verdicts };
  }

  it('Are named by paths relative to the access file', () => {
    expect(places.map(({ path }) => path)).toEqual([join(folder, 'write'), join(folder, 'read')]);
  });

  it('Are used for reads and writes, or each for its own', async () => {
    const one = someTokens();
    await one.look();
    const two = someTokens();
    await two.look(places);

    expect([one.used('read'), one.used('write')]).toEqual(['token-one', 'token-one']);
    expect([two.used('read'), two.used('write')]).toEqual(['token-read', 'token-one']);
    expect(two.tokens.all.map(({ use }) => use)).toEqual(['write', 'read']);
  });

  it('Are in doubt no longer when the access file does not name their upstream any more', async () => {
    const { look, used, troubles, verdicts } = someTokens();
    verdicts['token-one'] = refused;
    await look();
    expect(troubles.get('prod')).toContain('it is disabled');

    await look([{ ...onlyWrite, upstream: 'other' }]);

    expect(troubles.get('prod')).toBeNull();
    expect(used('write')).toBeNull();
  });

  it.each(['', ' \n', 'two words', 'one\ntwo', 'ü', `a${String.fromCharCode(0)}b`, 'a'.repeat(8193)])(
    'Are not %j',
    (text) => {
      put('write', text);
      expect(() => readToken(onlyWrite)).toThrow('must hold an API token of Cloudflare and nothing else');
    },
  );

  it('Are in files that others may not read', () => {
    for (const mode of [0o604, 0o644, 0o660]) {
      put('write', 'secret-token', mode);
      expect(() => readToken(onlyWrite)).toThrow('upstream[0].tokenFile: others may use');
    }
  });

  it('Are verified before they take the place of the one in use', async () => {
    const { look, used, changes, asked, troubles } = someTokens();
    await look();
    put('write', 'token-two');
    await look();
    await look();

    expect(used('write')).toBe('token-two');
    expect(asked).toEqual(['token-one', 'token-two']);
    expect(changes).toEqual(['write', 'write']);
    expect(troubles.get('prod')).toBeNull();
  });

  it.each([
    [refused, 'Cloudflare refuses the new write token: it is disabled'],
    [unknown, 'the new write token is not verified: Cloudflare answers 503'],
  ])('Are not used after the verdict %j', async (verdict, trouble) => {
    const { look, used, verdicts, troubles } = someTokens();
    await look();
    put('write', 'token-two');
    verdicts['token-two'] = verdict;
    await look();

    expect(used('write')).toBe('token-one');
    expect(troubles.get('prod')).toBe(trouble);

    put('write', 'token-one');
    await look();
    expect(troubles.get('prod')).toBeNull();
  });

  it('Are taken into use also if Cloudflare takes longer than passes between two looks', async () => {
    const { look, used, verdicts, asked } = someTokens();
    await look();
    put('write', 'token-two');
    const { promise, resolve } = Promise.withResolvers<TokenVerdict>();
    verdicts['token-two'] = promise;
    const looks = [look(), look(), look()];
    resolve(active);
    await Promise.all(looks);

    expect(used('write')).toBe('token-two');
    expect(asked).toEqual(['token-one', 'token-two']);
  });

  it('Are not those of a file that was changed again while they were verified', async () => {
    const { look, used, verdicts } = someTokens();
    await look();
    put('write', 'token-two');
    const { promise, resolve } = Promise.withResolvers<TokenVerdict>();
    verdicts['token-two'] = promise;
    const first = look();
    put('write', 'token-three');
    await look();
    resolve(active);
    await first;

    expect(used('write')).toBe('token-three');
  });

  it('Stay in use while their file is gone, empty or open to others', async () => {
    const { look, used, troubles } = someTokens();
    await look();
    for (const harm of [
      () => rmSync(join(folder, 'write')),
      () => put('write', ''),
      () => put('write', 'token-two', 0o644),
    ]) {
      harm();
      await look();
      expect(used('write')).toBe('token-one');
      expect(troubles.get('prod')).toContain('upstream[0].tokenFile');
      expect(troubles.get('prod')).not.toContain('token-two');
    }
  });

  it('Are used unverified where Cloudflare does not answer and there is no other', async () => {
    const { look, used, verdicts, tokens } = someTokens();
    verdicts['token-one'] = unknown;

    expect(await look()).toEqual([]);
    expect(used('write')).toBe('token-one');
    expect(tokens.all).toEqual([]);
  });

  it('Are told of if Cloudflare refuses the first', async () => {
    const { look, used, verdicts } = someTokens();
    verdicts['token-one'] = refused;

    const refusals = await look();
    expect(refusals).toEqual([
      expect.stringContaining('upstream[0].tokenFile: Cloudflare refuses the token in'),
    ]);
    expect(refusals.join()).not.toContain('token-one');
    expect(used('write')).toBeNull();
  });

  it('Are verified again after ten minutes, and soon if Cloudflare has refused one', async () => {
    const clock = aClock();
    const { look, tokens, asked, verdicts, troubles } = someTokens();
    await look();
    clock.advance(10 * 60_000 - 1000);
    await look();
    expect(asked).toHaveLength(1);
    clock.advance(2000);
    await look();
    expect(asked).toHaveLength(2);

    verdicts['token-one'] = refused;
    expect(tokens.doubt(tokens.credentialFor(upstream, 'write') as Credential)).toBe('prod');
    await look();
    expect(asked).toHaveLength(3);
    expect(troubles.get('prod')).toBe('Cloudflare refuses the write token: it is disabled');
    jest.restoreAllMocks();
  });
});
