import 'reflect-metadata'; // @peculiar/x509 needs it before itself
import { describe, expect, it } from '@jest/globals';
import { type ChainedEvent } from '../../src/gateway/audit/record/event.js';
import { searchReply } from '../support/audit/audit-events.js';
import { aCertificate, type TestCertificate } from '../support/certificates/certificates.js';
import { ask } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { type Given, refusal, success } from '../support/upstream/mocked-answers.js';
import { type MockedAudit, startMockedAudit } from '../support/audit/mocked-audit.js';
import { bearer, pathOf, seededZone, zoneCertificate } from '../support/http/requests.js';

const id = zoneCertificate;
const leaf = await aCertificate({ subject: 'CN=leaf' });
const another = await aCertificate({ subject: 'CN=another' });
const authority = await aCertificate({ subject: 'CN=authority', ca: true });
const intermediate = await aCertificate({ subject: 'CN=intermediate', ca: true });
const pem = (...pairs: TestCertificate[]) => pairs.map(({ certificate }) => certificate).join('');
const indented = (text: string) => text.replace(/^/gm, '    ').replaceAll('\n', '\r\n');
const damaged = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const refused = refusal(400, [{ code: 1412, message: 'Only leaf certificate is allowed.' }]);
const kept = (certificate?: string, more: object = {}) => ({ id, status: 'active', certificate, ...more });

async function upload({ gateway }: MockedAudit, certificate: string) {
  return call(gateway.base + pathOf(''), 'POST', {
    headers: bearer,
    body: { certificate, private_key: leaf.privateKey },
  });
}

async function recorded(
  certificate: string,
  answer: Given,
): Promise<Record<'intent' | 'outcome', ChainedEvent>> {
  await using audit = await startMockedAudit({ 'POST ': answer });
  await upload(audit, certificate);
  return { intent: await audit.only('intent'), outcome: await audit.only('outcome') };
}

describe('The audit record of an upload', () => {
  it.each<[string, Given]>([
    ['the leaf of what was sent', success(kept(pem(leaf)))],
    ['it in an array', success([kept(pem(leaf))])],
    ['it indented', success(kept(indented(pem(leaf))))],
    ['it in a chain', success(kept(pem(authority, leaf)))],
    ['it among all certificates', success([kept(pem(another), { id: 'f'.repeat(32) }), kept(pem(leaf))])],
    ['no certificate', success(kept())],
    ['a certificate that cannot be read', success(kept(damaged))],
    ['a refusal', refused],
  ])(
    'has the facts of the leaf of a bundle that begins with the root, where Cloudflare answers %s',
    async (_, answer) => {
      const { intent, outcome } = await recorded(pem(authority, intermediate, leaf), answer);
      expect(intent.cert).toMatchObject({ sha256: leaf.fingerprintSha256, issuer_cn: 'leaf' });
      expect(outcome.cert).toEqual(intent.cert);
      const isMade = answer !== refused;
      expect(outcome.target?.certificate_id).toBe(isMade ? id : undefined);
      expect(outcome.change?.after).toEqual(isMade ? { [id]: { status: 'active' } } : null);
    },
  );

  it('has the facts of what Cloudflare has kept, where that is another certificate', async () => {
    const { intent, outcome } = await recorded(pem(leaf), success(kept(pem(another))));
    expect(intent.cert?.sha256).toBe(leaf.fingerprintSha256);
    expect(outcome.cert).toMatchObject({ sha256: another.fingerprintSha256, issuer_cn: 'another' });
  });

  it.each([
    ['is indented', indented(pem(leaf))],
    ['is behind text', `Bag Attributes\n    friendlyName: leaf\n${pem(leaf)}`],
    ['has the older label', pem(leaf).replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
    ['has its base64 in one line', pem(leaf).replace(/(?<=[\w+/=])\n(?=[\w+/=])/g, '')],
    ['stands behind a block that cannot be read', damaged + pem(leaf)],
  ])('has the facts of a certificate that %s', async (_, certificate) => {
    const { intent, outcome } = await recorded(certificate, refused);
    expect(intent.cert?.sha256).toBe(leaf.fingerprintSha256);
    expect(outcome.cert).toEqual(intent.cert);
  });

  it('has the facts of the outer certificate, where another stands inside it', async () => {
    const outer = await aCertificate({ subject: 'CN=outer', comment: pem(another) });
    const { intent } = await recorded(pem(outer), refused);
    expect(intent.cert).toMatchObject({ sha256: outer.fingerprintSha256, issuer_cn: 'outer' });
  });

  it('has the facts of a certificate authority that is sent alone', async () => {
    const { intent } = await recorded(pem(authority), refused);
    expect(intent.cert?.sha256).toBe(authority.fingerprintSha256);
  });

  it.each([
    ['is damaged', damaged],
    ['is no PEM', 'MIIB'],
    ['is a bundle of authorities', pem(authority, intermediate)],
    ['is cut off', pem(leaf).slice(0, 200)],
  ])('says that it cannot be read, over both faces, where what was sent %s', async (_, certificate) => {
    await using audit = await startMockedAudit({ 'POST ': success({ id }) });
    await upload(audit, certificate);
    expect((await audit.only('intent')).cert).toBeNull();
    expect((await audit.only('outcome')).cert).toBeNull();
    const reply = await searchReply(audit.gateway, `zone=${seededZone}&action=zone_certificate.upload`);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ result: [{ cert: null }, { cert: null }] });
    const query = `{ auditEvents(zoneId: "${seededZone}", filter: { action: "zone_certificate.upload" }) { nodes { cert { sha256 } } } }`;
    expect(await ask(audit.gateway, query)).toMatchObject({
      data: { auditEvents: { nodes: [{ cert: null }, { cert: null }] } },
    });
  });

  it.each([
    ['OU=Ops+CN=Origin Pull CA, O=Example Ltd', 'Origin Pull CA'],
    ['CN=Mail CA+E=ops@example.com', 'Mail CA'],
    ['CN="A+B, \\"Quoted\\" Inc"', 'A+B, "Quoted" Inc'],
    ['CN=Почта', 'Почта'],
    ['CN=One, CN=Two', 'One'],
    ['CN=Line\\0AFeed = x', 'Line\nFeed = x'],
    ['O=CN=not one', undefined],
    ['CN=ops@example.com', undefined],
  ])('has the common name of the issuer %s as it is', async (issuer, name) => {
    const { certificate, fingerprintSha256 } = await aCertificate({ subject: 'CN=leaf', issuer });
    const { intent } = await recorded(certificate, refused);
    expect(intent.cert?.sha256).toBe(fingerprintSha256);
    expect(intent.cert?.issuer_cn).toBe(name);
    expect(JSON.stringify(intent)).not.toContain('ops@');
  });
});
