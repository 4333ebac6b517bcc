import { describe, expect, it } from '@jest/globals';
import { LoggableNames } from './operation-name.js';

const names = new LoggableNames();
names.add(['Query', 'Zone', 'hostnameCertificates', 'NOT_FOUND', 'status', 'updateHostnames']);

describe('LoggableNames', () => {
  it.each([
    'Zone',
    'GetZoneOverview',
    'listHostnameCertificates',
    'UPDATE_HOSTNAMES',
    'IntrospectionQuery',
    'ZoneStatusPage',
    'allZones',
  ])('The operation name %s is logged, because all of its words are known', (name) => {
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
  ])('The operation name %s is logged as [removed]', (name) => {
    expect(names.shown(name)).toBe('[removed]');
  });

  it('A missing operation name is logged as null', () => {
    expect(names.shown(null)).toBeNull();
  });
});
