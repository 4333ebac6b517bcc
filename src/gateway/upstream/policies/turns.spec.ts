import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { Turns } from './turns.js';

/** Calls that stay under way until the test ends them, in the order in which they began. */
function held(turns: Turns, withinMs = 60_000) {
  const begun: { who: string; end: () => void }[] = [];
  const ask = (who: string) =>
    turns.run(
      who,
      withinMs,
      () => new Promise<string>((resolve) => begun.push({ who, end: () => resolve(who) })),
    );
  const endFirst = async () => {
    begun.shift()?.end();
    await turn();
  };
  const endAll = async () => {
    while (begun.length > 0) await endFirst();
  };
  return { begun, ask, endFirst, endAll };
}

describe('Turns', () => {
  it('A credential has 64 calls under way, 256 more wait, and a further call fails', async () => {
    const turns = new Turns('read');
    const { begun, ask, endAll } = held(turns);
    const all = Array.from({ length: 320 }, () => ask('a'));
    expect([begun.length, turns.underWay, turns.waiting]).toEqual([64, 64, 256]);

    await expect(ask('a')).rejects.toMatchObject({ kind: 'overloaded' });
    await endAll();

    expect(await Promise.all(all)).toHaveLength(320);
    expect([turns.underWay, turns.waiting]).toEqual([0, 0]);
  });

  it('Many calls of 20 credentials leave places free for another credential', () => {
    const turns = new Turns('read');
    const { begun, ask } = held(turns);
    for (let caller = 0; caller < 20; caller += 1) {
      for (let call = 0; call < 100; call += 1) ask(`greedy ${caller}`).catch(() => undefined);
    }
    expect(turns.underWay).toBeLessThan(512);

    void ask('modest');
    expect(begun.at(-1)?.who).toBe('modest');
  });

  it('At most 512 calls are under way and 4,096 wait; further calls are rejected', async () => {
    const turns = new Turns('read');
    const { ask, endAll } = held(turns);
    const all = Array.from({ length: 60 }, (_, caller) =>
      Array.from({ length: 100 }, () => ask(`${caller}`)),
    );
    expect([turns.underWay, turns.waiting]).toEqual([512, 4096]);
    const settled = Promise.allSettled(all.flat());
    await endAll();
    expect((await settled).filter(({ status }) => status === 'rejected')).toHaveLength(6000 - 512 - 4096);
    expect([turns.underWay, turns.waiting]).toEqual([0, 0]);
  });

  it('Credentials with waiting calls begin one call each in turn', async () => {
    const turns = new Turns('read');
    const { begun, ask, endFirst, endAll } = held(turns);
    // One call of each of 512 credentials takes every place.
    for (let caller = 0; caller < 512; caller += 1) void ask(`${caller}`);
    for (let call = 0; call < 100; call += 1) void ask('greedy');
    void ask('modest');
    expect(turns.underWay).toBe(512);

    for (let ended = 0; ended < 2; ended += 1) await endFirst();
    expect(begun.slice(-2).map(({ who }) => who)).toEqual(['greedy', 'modest']);
    await endAll();
    expect([turns.underWay, turns.waiting]).toEqual([0, 0]);
  });

  it('A call whose turn does not come in time fails with upstream_timeout and stops waiting', async () => {
    const turns = new Turns('write');
    const { begun, ask, endAll } = held(turns, 50);
    for (let call = 0; call < 64; call += 1) void ask('a');

    await expect(ask('a')).rejects.toMatchObject({
      kind: 'upstream_timeout',
      message: expect.stringContaining('Nothing was changed.') as unknown,
    });
    expect([turns.underWay, turns.waiting]).toEqual([64, 0]);
    await endAll();
    expect(begun).toHaveLength(0);
  });

  it('A call is told how much of its time is left when its turn comes', async () => {
    const turns = new Turns('read');
    const { ask, endFirst } = held(turns);
    for (let call = 0; call < 64; call += 1) void ask('a');
    const left = turns.run('a', 1000, (leftMs) => Promise.resolve(leftMs));
    await turn();
    await endFirst();
    expect(await left).toBeLessThan(1000);
    expect(await turns.run('b', 1000, (leftMs) => Promise.resolve(leftMs))).toBe(1000);
  });

  it('A call that fails gives its place back', async () => {
    const turns = new Turns('read');
    await expect(turns.run('a', 1000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(turns.underWay).toBe(0);
  });
});
