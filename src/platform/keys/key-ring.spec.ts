import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type KeyObject } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { loadKeyRing, rotateKeyRing } from './key-ring.js';
import { SettingsError } from '../config/settings.js';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

function aPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  folders.push(folder);
  return join(folder, 'data', 'keys.json');
}

function hex(key: KeyObject | undefined): string | undefined {
  return key?.export().toString('hex');
}

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
  }
  throw new Error('There was no SettingsError.');
}

describe('Key ring', () => {
  it('A missing key ring is created with mode 0600 and is read the next time', () => {
    const path = aPath();
    const made = loadKeyRing(path, { mayCreate: true });
    expect(made.isNew).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = loadKeyRing(path, { mayCreate: true });
    expect(again.isNew).toBe(false);
    const { current } = made.ring;
    expect(hex(again.ring.derive(current, 'cache-seal'))).toBe(hex(made.ring.derive(current, 'cache-seal')));
    expect(made.ring.signingKey().asymmetricKeyType).toBe('ed25519');
  });

  it('A missing key ring that may not be created fails with the command that creates one', () => {
    const path = aPath();
    expect(problemOf(() => loadKeyRing(path, { mayCreate: false }))).toContain('npm run keys -- init');
    expect(existsSync(path)).toBe(false);
  });

  it('derive() gives another key for each purpose and key id, and none for an unknown id', () => {
    const path = aPath();
    const { ring } = loadKeyRing(path, { mayCreate: true });
    const kid = rotateKeyRing(path);
    const rotated = loadKeyRing(path, { mayCreate: false }).ring;
    const derived = [
      rotated.derive(ring.current, 'cache-seal'),
      rotated.derive(ring.current, 'cache-names'),
      rotated.derive(kid, 'cache-seal'),
    ].map(hex);
    expect(new Set(derived).size).toBe(3);
    expect(derived.every((key) => key?.length === 64)).toBe(true);
    expect(ring.derive(kid, 'cache-seal')).toBeUndefined();
    expect(ring.derive('constructor', 'cache-seal')).toBeUndefined();
  });

  it('A rotated key ring keeps its older keys, its root and mode 0600', () => {
    const path = aPath();
    const { ring } = loadKeyRing(path, { mayCreate: true });
    const kid = rotateKeyRing(path);
    const rotated = loadKeyRing(path, { mayCreate: false }).ring;
    expect(rotated.current).toBe(kid);
    expect(rotated.root).toBe(ring.root);
    expect(hex(rotated.derive(ring.current, 'cache-seal'))).toBe(
      hex(ring.derive(ring.current, 'cache-seal')),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('A key ring that other users can read is refused', () => {
    const path = aPath();
    loadKeyRing(path, { mayCreate: true });
    chmodSync(path, 0o644);
    expect(problemOf(() => loadKeyRing(path, { mayCreate: true }))).toContain(`chmod 600 ${path}`);
  });

  it('A malformed key ring is refused, and the error shows none of it', () => {
    const path = aPath();
    loadKeyRing(path, { mayCreate: true });
    const good = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    for (const bad of [
      'not json SECRET',
      '{}',
      JSON.stringify({ ...good, current: 'SECRET' }),
      JSON.stringify({ ...good, root: 'SECRET' }),
      JSON.stringify({ ...good, signing: 'SECRET' }),
      JSON.stringify({ ...good, keys: { [String(good['current'])]: 'SECRET' } }),
      JSON.stringify({ ...good, keys: { [String(good['current'])]: 'U0VDUkVU' } }),
    ]) {
      writeFileSync(path, bad);
      const problem = problemOf(() => loadKeyRing(path, { mayCreate: true }));
      expect(problem).toContain('KEYS_FILE');
      expect(problem).not.toMatch(/SECRET|U0VDUkVU/);
    }
  });
});
