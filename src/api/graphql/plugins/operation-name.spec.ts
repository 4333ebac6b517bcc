import { describe, expect, it } from '@jest/globals';
import { LoggableNames } from './operation-name.js';

const names = new LoggableNames();
names.add(['Query', 'Zone', 'hostnameCertificates', 'NOT_FOUND', 'status', 'updateHostnames']);

describe('The name of an operation', () => {
  it.each([
    'Zone',
    'GetZoneOverview',
    'listHostnameCertificates',
    'UPDATE_HOSTNAMES',
    'IntrospectionQuery',
    'ZoneStatusPage',
    'allZones',
  ])('is logged where every word of it is known: %s', (name) => {
    expect(names.shown(name)).toBe(name);
  });

  it.each([
    'johndoeexamplecom',
    'john',
    'JohnDoeExampleCom',
    'john_doe_example_com',
    'ZoneOfJohnDoe',
    'sk_live_51H8x',
    'Zone1234567890',
    'q1w2e3r4t5',
    'a1b2',
    'Zone'.repeat(17),
  ])('is not logged where it may be anything: %s', (name) => {
    expect(names.shown(name)).toBe('[removed]');
  });

  it('may be missing', () => {
    expect(names.shown(null)).toBeNull();
  });
});
