import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { aCertificate } from '../support/certificates/certificates.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { ask } from '../support/graphql/graphql.js';
import { hostnameCertificateInUse, seededZone, zoneCertificate } from '../support/http/requests.js';

const aStage = sharedStage();
const dayMs = 24 * 60 * 60 * 1000;
const facts =
  'subject keyType keyBits spkiSha256 extendedKeyUsage notBefore expiresOn daysLeft state fingerprintSha256';

type Shown = Readonly<Record<string, unknown>>;

/** The zone certificate as GraphQL shows it, if Cloudflare answers with these members. */
async function shown(stage: Stage, members: object, selection = facts): Promise<Shown | null | undefined> {
  const body = {
    success: true,
    errors: [],
    messages: [],
    result: { id: zoneCertificate, status: 'active', ...members },
  };
  await stage.sandbox.faults({
    rules: [{ operation: 'zone_certificate.get', action: { status: 200, body } }],
  });
  const query = `{ zone(id: "${seededZone}") { certificate(id: "${zoneCertificate}") { ${selection} } } }`;
  const { data, errors } = await ask<{ zone: { certificate: Shown | null } }>(
    stage.gateway,
    query,
    {},
    stage.bearer,
  );
  expect(errors).toEqual([]);
  return data?.zone.certificate;
}

describe('Facts of certificates over GraphQL', () => {
  it('The facts are those that openssl prints', async () => {
    const stage = await aStage();
    const { certificate } = await aCertificate({ subject: 'C=DE, O=Example GmbH, CN=origin-pull' });
    const openssl = (...args: string[]) =>
      execFileSync('openssl', ['x509', '-noout', ...args], { input: certificate })
        .toString()
        .trim();
    const fields = await shown(stage, { certificate, expires_on: '2036-01-01T00:00:00Z' });

    expect(fields?.['subject']).toBe(
      openssl('-subject', '-nameopt', 'RFC2253,-dn_rev,sep_comma_plus_space').replace(/^subject=/, ''),
    );
    expect(fields?.['fingerprintSha256']).toBe(
      openssl('-fingerprint', '-sha256').replace(/^.*=/, '').replaceAll(':', '').toLowerCase(),
    );
    const notBefore = new Date(openssl('-startdate').replace(/^notBefore=/, ''));
    expect(fields?.['notBefore']).toBe(notBefore.toISOString());
    const spki = execFileSync('openssl', ['x509', '-noout', '-pubkey'], { input: certificate });
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: spki });
    const digest = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: der })
      .toString()
      .split(' ')[0];
    expect(fields).toMatchObject({
      spkiSha256: digest,
      keyType: 'ec prime256v1',
      keyBits: null,
      extendedKeyUsage: ['clientAuth'],
    });
  });

  it.each(['', null, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'The facts are null if Cloudflare answers with the PEM %j',
    async (certificate) => {
      expect(await shown(await aStage(), { certificate })).toEqual({
        subject: null,
        keyType: null,
        keyBits: null,
        spkiSha256: null,
        extendedKeyUsage: null,
        notBefore: null,
        expiresOn: null,
        daysLeft: null,
        state: null,
        fingerprintSha256: null,
      });
    },
  );

  it.each([
    ['EXPIRED', -1, -dayMs / 2],
    ['EXPIRED', -11, -10.5 * dayMs],
    ['EXPIRES_SOON', 0, dayMs / 2],
    ['EXPIRES_SOON', 13, 13.5 * dayMs],
    ['VALID', 14, 14.5 * dayMs],
    ['VALID', 364, 364.5 * dayMs],
  ])('A certificate is %s with %d days left', async (state, daysLeft, msLeft) => {
    const expires_on = new Date(Date.now() + msLeft).toISOString();
    expect(await shown(await aStage(), { expires_on }, 'state daysLeft')).toEqual({ state, daysLeft });
  });

  it('A certificate whose time begins later is NOT_YET_VALID', async () => {
    const { certificate } = await aCertificate({
      notBefore: new Date(Date.now() + dayMs),
      notAfter: new Date(Date.now() + 90 * dayMs),
    });
    const fields = await shown(await aStage(), { certificate }, 'state daysLeft');
    expect(fields).toEqual({ state: 'NOT_YET_VALID', daysLeft: 89 });
  });
});

describe('Certificates in use over GraphQL', () => {
  const use = 'inUse { isInUse reason hostnames { name } }';

  it('A hostname certificate is in use by the hostnames that are associated with it', async () => {
    const stage = await aStage();
    const query = `{ zone(id: "${seededZone}") { hostnameCertificates { cloudflareId ${use} } } }`;
    const { data, errors } = await ask<{ zone: { hostnameCertificates: Shown[] } }>(stage.gateway, query);
    expect(errors).toEqual([]);
    const certificates = data?.zone.hostnameCertificates ?? [];
    expect(certificates).toContainEqual({
      cloudflareId: hostnameCertificateInUse,
      inUse: {
        isInUse: true,
        reason: 'HOSTNAMES',
        hostnames: [{ name: 'app.example.com' }, { name: 'legacy.example.com' }],
      },
    });
    const others = certificates.filter(({ cloudflareId }) => cloudflareId !== hostnameCertificateInUse);
    expect(others.length).toBeGreaterThan(0);
    for (const { inUse } of others)
      expect(inUse).toEqual({ isInUse: false, reason: 'NO_HOSTNAMES', hostnames: [] });
    expect(await stage.sandbox.calls()).toEqual({ 'hostname_certificate.list': 1, 'hostname.list': 1 });
  });

  it('A zone certificate is in use if it is active and the zone level is on', async () => {
    const stage = await aStage();
    const query = `{ zone(id: "${seededZone}") { certificates { cloudflareId status ${use} } } }`;
    const read = async () =>
      (await ask<{ zone: { certificates: Shown[] } }>(stage.gateway, query, {}, stage.bearer)).data?.zone
        .certificates;
    const active = (reason: string) => ({
      cloudflareId: zoneCertificate,
      status: 'ACTIVE',
      inUse: { isInUse: reason === 'ZONE_LEVEL_ON', reason, hostnames: [] },
    });
    const before = await read();
    expect(before).toContainEqual(active('ZONE_LEVEL_ON'));
    for (const { status, inUse } of before ?? []) {
      if (status !== 'ACTIVE') expect(inUse).toEqual({ isInUse: false, reason: 'NOT_ACTIVE', hostnames: [] });
    }
    const off = `mutation { updateZoneSettings(input: { zoneId: "${seededZone}", enabled: false }) { settings { enabled } } }`;
    await ask(stage.gateway, off, {}, stage.bearer);
    expect(await read()).toContainEqual(active('ZONE_LEVEL_OFF'));
  });
});

describe('Lists of certificates by status', () => {
  const list = async (stage: Stage, field: string, status?: string) => {
    const argument = status === undefined ? '' : `(status: ${status})`;
    const query = `{ zone(id: "${seededZone}") { ${field}${argument} { status } } }`;
    const { data, errors } = await ask<{ zone: Record<string, Shown[] | null> }>(
      stage.gateway,
      query,
      {},
      stage.bearer,
    );
    return { statuses: data?.zone[field]?.map(({ status: one }) => one), errors };
  };

  it.each(['certificates', 'hostnameCertificates'])(
    '%s leaves out deleted ones unless asked for them',
    async (field) => {
      const stage = await aStage();
      const operation = field === 'certificates' ? 'zone_certificate.list' : 'hostname_certificate.list';
      const result = ['active', 'deleted', 'pending_deletion', 'odd'].map((status, index) => ({
        id: String(index).padStart(32, '0'),
        status,
      }));
      const body = { success: true, errors: [], messages: [], result };
      await stage.sandbox.faults({ rules: [{ operation, action: { status: 200, body } }] });
      expect((await list(stage, field)).statuses).toEqual(['ACTIVE', 'PENDING_DELETION', 'UNKNOWN']);
      expect((await list(stage, field, 'null')).statuses).toEqual(['ACTIVE', 'PENDING_DELETION', 'UNKNOWN']);
      expect((await list(stage, field, '[DELETED, ACTIVE]')).statuses).toEqual(['ACTIVE', 'DELETED']);
      expect((await list(stage, field, 'DELETED')).statuses).toEqual(['DELETED']);
      expect((await list(stage, field, '[]')).statuses).toEqual([]);
    },
  );

  it.each(['certificates', 'hostnameCertificates'])('%s refuses UNKNOWN without a call', async (field) => {
    const stage = await aStage();
    const { errors } = await list(stage, field, '[ACTIVE, UNKNOWN]');
    expect(errors).toMatchObject([{ path: ['zone', field], extensions: { code: 'INVALID_INPUT' } }]);
    expect(await stage.sandbox.calls()).toEqual({});
  });
});
