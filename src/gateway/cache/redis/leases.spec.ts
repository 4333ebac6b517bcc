import { describe, expect, it } from '@jest/globals';
import { leaseMs, Leases, outliveLeasesMs, renewAfterMs } from './leases.js';

function generationOf(leases: Leases, zone: string, credential: string): string | null {
  return leases.valid(zone, credential)?.generation ?? null;
}

/** Leases whose clocks the test sets. */
function someLeases() {
  const time = { monotonic: 1000, wall: 1_000_000 };
  const leases = new Leases({ now: () => ({ ...time }) });
  const pass = (ms: number) => {
    time.monotonic += ms;
    time.wall += ms;
  };
  return { leases, time, pass, generation: () => generationOf(leases, 'zone', 'who') };
}

describe('Leases', () => {
  it('A lease is valid for its term from when the question was sent, not from the reply', () => {
    const { leases, pass, generation } = someLeases();
    const sent = leases.now();
    pass(30);
    leases.grant('zone', 'who', 'g1', sent);
    expect(generation()).toBe('g1');
    pass(leaseMs - 31);
    expect(generation()).toBe('g1');
    pass(1);
    expect(generation()).toBeNull();
  });

  it('A lease that is used near its end is to be renewed once', () => {
    const { leases, pass } = someLeases();
    const isDue = () => leases.valid('zone', 'who')?.isDue(leases.now());
    leases.grant('zone', 'who', 'g1', leases.now());
    pass(renewAfterMs - 1);
    expect(isDue()).toBe(false);
    pass(1);
    expect([isDue(), isDue()]).toEqual([true, false]);
    leases.grant('zone', 'who', 'g1', leases.now());
    expect(isDue()).toBe(false);
    pass(renewAfterMs);
    expect(isDue()).toBe(true);
  });

  it('A reply that comes after the term grants no lease', () => {
    const { leases, pass, generation } = someLeases();
    const sent = leases.now();
    pass(leaseMs);
    leases.grant('zone', 'who', 'g1', sent);
    expect(generation()).toBeNull();
  });

  it('Writers wait longer than a lease is valid', () => {
    expect(outliveLeasesMs).toBeGreaterThanOrEqual(1.25 * leaseMs);
  });

  it.each([
    ['forward', leaseMs + 6],
    ['back', -1],
  ])('A lease ends when the wall clock steps %s while the monotonic clock stands still', (_, step) => {
    const { leases, time, generation } = someLeases();
    leases.grant('zone', 'who', 'g1', leases.now());
    time.wall += step;
    expect(generation()).toBeNull();
  });

  it('A lease is of one zone and one credential, and the last one granted counts', () => {
    const { leases, pass, generation } = someLeases();
    leases.grant('zone', 'who', 'g1', leases.now());
    leases.grant('zone', 'other', 'g2', leases.now());
    leases.grant('other', 'who', 'g3', leases.now());
    pass(5);
    leases.grant('zone', 'who', 'g4', leases.now());
    expect(generation()).toBe('g4');
    expect(generationOf(leases, 'zone', 'other')).toBe('g2');
    expect(generationOf(leases, 'other', 'who')).toBe('g3');
  });

  it('A lease is valid to its end also where many terms begin meanwhile', () => {
    const { leases, pass, generation } = someLeases();
    for (let round = 0; round < 50; round += 1) {
      leases.grant('zone', 'who', `g${round}`, leases.now());
      for (let ms = 0; ms < leaseMs - 1; ms += 3) {
        expect(generation()).toBe(`g${round}`);
        pass(3);
        leases.grant(`other ${ms}`, 'who', 'g', leases.now());
      }
      pass(leaseMs);
      expect(generation()).toBeNull();
    }
  });

  it.each([
    ['a credential', (leases: Leases) => leases.end('who')],
    ['a credential in a zone', (leases: Leases) => leases.end('who', 'zone')],
    ['a zone', (leases: Leases) => leases.endZone('zone')],
  ])('The leases of %s end, and a question that was sent before grants none', (_, end) => {
    const { leases, pass, generation } = someLeases();
    leases.grant('zone', 'who', 'g1', leases.now());
    leases.grant('elsewhere', 'other', 'g2', leases.now());
    const sentBefore = leases.now();
    pass(1);
    end(leases);
    expect(generation()).toBeNull();
    expect(generationOf(leases, 'elsewhere', 'other')).toBe('g2');
    leases.grant('zone', 'who', 'g1', sentBefore);
    expect(generation()).toBeNull();
    pass(1);
    leases.grant('zone', 'who', 'g3', leases.now());
    expect(generation()).toBe('g3');
  });

  it('At most 10,000 leases are granted in one term', () => {
    const { leases, pass, generation } = someLeases();
    for (let zone = 0; zone < 10_000; zone += 1) leases.grant(`zone ${zone}`, 'who', 'g', leases.now());
    leases.grant('zone', 'who', 'g1', leases.now());
    expect(generation()).toBeNull();
    expect(generationOf(leases, 'zone 9999', 'who')).toBe('g');
    pass(leaseMs);
    leases.grant('zone', 'who', 'g1', leases.now());
    expect(generation()).toBe('g1');
  });
});
