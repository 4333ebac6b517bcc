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

describe('Records of uploads', () => {
  it.each<[string, Given]>([
    ['with the leaf', success(kept(pem(leaf)))],
    ['with the leaf in an array', success([kept(pem(leaf))])],
    ['with the leaf indented', success(kept(indented(pem(leaf))))],
    ['with the leaf in a chain', success(kept(pem(authority, leaf)))],
    [
      'with all certificates of the zone',
      success([kept(pem(another), { id: 'f'.repeat(32) }), kept(pem(leaf))]),
    ],
    ['without a certificate', success(kept())],
    ['with a damaged certificate', success(kept(damaged))],
    ['with a refusal', refused],
  ])('A record describes the leaf of a bundle where Cloudflare answers %s', async (_, answer) => {
    const { intent, outcome } = await recorded(pem(authority, intermediate, leaf), answer);
    expect(intent.cert).toMatchObject({ sha256: leaf.fingerprintSha256, issuer_cn: 'leaf' });
    expect(outcome.cert).toEqual(intent.cert);
    const isMade = answer !== refused;
    expect(outcome.target?.certificate_id).toBe(isMade ? id : undefined);
    expect(outcome.change?.after).toEqual(isMade ? { [id]: { status: 'active' } } : null);
  });

  it('The outcome describes the certificate that Cloudflare stored, if it is another one', async () => {
    const { intent, outcome } = await recorded(pem(leaf), success(kept(pem(another))));
    expect(intent.cert?.sha256).toBe(leaf.fingerprintSha256);
    expect(outcome.cert).toMatchObject({ sha256: another.fingerprintSha256, issuer_cn: 'another' });
  });

  it.each([
    ['is indented', indented(pem(leaf))],
    ['follows other text', `Bag Attributes\n    friendlyName: leaf\n${pem(leaf)}`],
    ['has the older label', pem(leaf).replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
    ['has its base64 in one line', pem(leaf).replace(/(?<=[\w+/=])\n(?=[\w+/=])/g, '')],
    ['follows a damaged block', damaged + pem(leaf)],
  ])('A record describes a certificate that %s', async (_, certificate) => {
    const { intent, outcome } = await recorded(certificate, refused);
    expect(intent.cert?.sha256).toBe(leaf.fingerprintSha256);
    expect(outcome.cert).toEqual(intent.cert);
  });

  it('A record describes the outer certificate where an extension contains another one', async () => {
    const outer = await aCertificate({ subject: 'CN=outer', comment: pem(another) });
    const { intent } = await recorded(pem(outer), refused);
    expect(intent.cert).toMatchObject({ sha256: outer.fingerprintSha256, issuer_cn: 'outer' });
  });

  it('A record describes a certificate authority that is sent alone', async () => {
    const { intent } = await recorded(pem(authority), refused);
    expect(intent.cert?.sha256).toBe(authority.fingerprintSha256);
  });

  it.each([
    ['is damaged', damaged],
    ['is not PEM', 'MIIB'],
    ['is a bundle of authorities', pem(authority, intermediate)],
    ['is truncated', pem(leaf).slice(0, 200)],
  ])('A record has a null certificate where the upload %s', async (_, certificate) => {
    await using audit = await startMockedAudit({ 'POST ': success({ id }) });
    await upload(audit, certificate);
    expect((await audit.only('intent')).cert).toBeNull();
    expect((await audit.only('outcome')).cert).toBeNull();
    const reply = await searchReply(audit.gateway, `zone=${seededZone}&action=zone_certificate.upload`);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ result: [{ cert: null }, { cert: null }] });
    const query = `{ zone(id: "${seededZone}") { auditEvents(filter: { action: "zone_certificate.upload" }) { nodes { cert { sha256 } } } } }`;
    expect(await ask(audit.gateway, query)).toMatchObject({
      data: { zone: { auditEvents: { nodes: [{ cert: null }, { cert: null }] } } },
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
  ])('A record has the common name of the issuer %s unchanged', async (issuer, name) => {
    const { certificate, fingerprintSha256 } = await aCertificate({ subject: 'CN=leaf', issuer });
    const { intent } = await recorded(certificate, refused);
    expect(intent.cert?.sha256).toBe(fingerprintSha256);
    expect(intent.cert?.issuer_cn).toBe(name);
    expect(JSON.stringify(intent)).not.toContain('ops@');
  });
});
