import { describe, expect, it } from '@jest/globals';
import { operations } from './operations.js';
import { lacksRarePermission, refusalIn, requiredPermission } from './verdict.js';

const globalLevel = operations['global_level.get'];
const settings = operations['settings.get'];
const said = (status: number, ...codes: number[]) => ({ status, codes });

describe('lacksRarePermission', () => {
  it.each([said(403, 9109), said(403, 10000), said(403), said(403, 1), said(400, 10000), said(200, 9109)])(
    '%j to the global level says that the permission is missing, and to the settings it does not',
    (answer) => {
      expect(lacksRarePermission(answer, globalLevel)).toBe(true);
      expect(lacksRarePermission(answer, operations['global_level.update'])).toBe(true);
      expect(lacksRarePermission(answer, settings)).toBe(false);
    },
  );

  it.each([
    null,
    said(401, 9109),
    said(401, 10000),
    said(403, 9103),
    said(403, 10001),
    said(400, 6003),
    said(404, 1003),
    said(302),
    said(429, 971),
    said(500),
    said(200),
  ])('%j says nothing of a permission', (answer) => {
    expect(lacksRarePermission(answer, globalLevel)).toBe(false);
  });
});

describe('refusalIn', () => {
  it.each([
    [said(403, 9109), 'of the credential', 'in the zone'],
    [said(200, 9109), 'of the credential', 'in the zone'],
    [said(401, 9109), 'of the credential', 'of the credential'],
    [said(400, 6003), 'of the credential', 'of the credential'],
    [said(403, 10000), 'in the zone', 'in the zone'],
    [said(404, 1552), null, null],
  ])('%j is a refusal %s, and of a verified credential %s', (answer, refusal, ofVerified) => {
    expect(refusalIn(answer)).toBe(refusal);
    expect(refusalIn(answer, true)).toBe(ofVerified);
  });
});

describe('requiredPermission', () => {
  it.each([
    [said(403), settings, 'SSL and Certificates Read'],
    [said(403, 9109), globalLevel, 'Zone Settings Read'],
    [said(200, 10000), operations['settings.update'], 'SSL and Certificates Write'],
    [said(403, 10000), operations['global_level.update'], 'Zone Settings Write'],
    [said(401, 9109), settings, null],
    [said(404, 1552), settings, null],
    [said(403), null, null],
  ])('The refusal %j of an operation needs its permission', (answer, operation, permission) => {
    expect(requiredPermission(answer, operation)).toBe(permission);
  });
});
