import { describe, expect, it } from '@jest/globals';
import { sending, terraform5 } from '../support/clients/other-clients.js';
import { Diagnostic, terraformResources } from '../support/clients/terraform-v5.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import {
  anUpload,
  emptyZone,
  hostnameCertificateInUse,
  pathOf,
  seededZone,
} from '../support/http/requests.js';
import { unknownId } from '../support/graphql/mutations.js';

const aStage = sharedStage();
const unknownUuid = '00000000-0000-4000-8000-000000000000';
/** The provider refuses a token of another form before it sends anything. */
const tokenForm = /^[0-9A-Za-z\-_]{40,80}$/;
let tokens = 0;

/** What it manages in a zone, with a token that the gateway has not seen. */
function managing(stage: Stage, zone: string = emptyZone) {
  tokens += 1;
  const token = `sandbox-token-read-write-terraform${String(tokens).padStart(7, '0')}`;
  expect(token).toMatch(tokenForm);
  return terraformResources(sending(terraform5, stage, { Authorization: `Bearer ${token}` }), zone);
}

/** What a failed apply prints. */
async function diagnosticOf(apply: Promise<unknown>): Promise<Diagnostic> {
  const error: unknown = await apply.then(
    () => new Error('It was applied'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof Diagnostic)) throw error;
  return error;
}

describe('The requests of Terraform v5', () => {
  it('Certificates are created, refreshed, imported and destroyed', async () => {
    const stage = await aStage();
    const { zoneCertificate, hostnameCertificate } = managing(stage);
    for (const resource of [zoneCertificate, hostnameCertificate]) {
      const upload = await anUpload();

      const created = await resource.create(upload);

      expect(created).toMatchObject({ certificate: upload.certificate, status: 'active' });
      const id = String(created['id']);
      for (const member of ['expires_on', 'issuer', 'signature', 'uploaded_on']) {
        expect(created[member]).not.toBeNull();
      }
      expect(await resource.read(id)).toEqual(created);
      expect(await resource.import(id)).toEqual(created);
      await resource.delete(id);
      // Cloudflare knows a deleted certificate by its id, so it is still in the state of who did not destroy it.
      expect(await resource.read(id)).toMatchObject({ id, status: 'deleted' });
    }
    expect((await stage.sandbox.calls())['unrouted']).toBeUndefined();
  });

  it('An association is created, updated, imported and voided, and its certificate destroyed after it', async () => {
    const { hostnameCertificate, association } = managing(await aStage());
    const { id } = await hostnameCertificate.create(await anUpload());
    const cert_id = String(id);
    const hostname = 'tf.example.com';

    const created = await association.put({ cert_id, enabled: true, hostname });

    expect(created).toMatchObject({
      hostname,
      cert_id,
      enabled: true,
      status: 'active',
      cert_status: 'active',
    });
    expect(await association.read(hostname)).toEqual(created);
    expect(await association.put({ cert_id, enabled: false, hostname })).toMatchObject({ enabled: false });
    expect(await association.import(hostname)).toMatchObject({ cert_id, enabled: false });
    const refused = await diagnosticOf(hostnameCertificate.delete(cert_id));
    expect(refused.answer).toMatchObject({
      status: 400,
      attempts: 1,
      envelope: { errors: [{ code: 1433 }] },
    });
    await association.delete(hostname, cert_id);
    await hostnameCertificate.delete(cert_id);
    expect(await association.read(hostname)).toBeNull();
  });

  it('Settings are created, updated, refreshed and imported', async () => {
    const { settings } = managing(await aStage());
    expect(await settings.put(true)).toEqual({ enabled: true });
    expect(await settings.read()).toEqual({ enabled: true });
    expect(await settings.put(false)).toEqual({ enabled: false });
    expect(await settings.import()).toEqual({ enabled: false });
  });

  it('What Cloudflare does not have is taken out of the state by a refresh, and refused by an import', async () => {
    const { zoneCertificate, hostnameCertificate, association } = managing(await aStage());
    for (const [resource, key, code] of [
      [zoneCertificate, unknownId, 1552],
      [hostnameCertificate, unknownUuid, 1551],
      [association, 'unknown.example.com', 1553],
    ] as const) {
      expect(await resource.read(key)).toBeNull();
      const refused = await diagnosticOf(resource.import(key));
      expect(refused.answer).toMatchObject({ status: 404, attempts: 1, envelope: { errors: [{ code }] } });
    }
  });

  it('What was changed at Cloudflare is found by the next refresh', async () => {
    const stage = await aStage();
    const { association, settings } = managing(stage, seededZone);
    const others = managing(stage, seededZone);
    expect(await association.read('app.example.com')).toMatchObject({ enabled: true });
    expect(await settings.read()).toEqual({ enabled: true });

    await others.association.delete('app.example.com', hostnameCertificateInUse);
    await others.settings.put(false);

    expect(await association.read('app.example.com')).toBeNull();
    expect(await settings.read()).toEqual({ enabled: false });
  });

  it.each([
    ['a base_url without /client/v4', '/client/v4', pathOf('/settings')],
    ['a base_url with /client/v4 twice', '', `/client/v4${pathOf('/settings')}`],
    ['a DNS record', '', `/zones/${seededZone}/dns_records/${unknownId}`],
    ['a zone', '', `/zones/${seededZone}`],
    ['another zone setting', '', `/zones/${seededZone}/settings/ssl`],
    ['an account', '', `/accounts/${unknownId}`],
    ['the token', '', '/user/tokens/verify'],
    ['a certificate without an id', '', pathOf('/')],
    ['a hostname certificate without an id', '', pathOf('/hostnames/certificates/')],
    ['a hostname without a name', '', pathOf('/hostnames/')],
    ['a zone without an id', '', pathOf('/settings', '')],
  ])('The refresh of %s is an error and never the end of the resource', async (_, missing, path) => {
    const stage = await aStage();
    const base = stage.gateway.base.slice(0, stage.gateway.base.length - missing.length);
    const answer = await sending(terraform5, stage, stage.bearer, base)('GET', path);
    expect(answer).toMatchObject({ status: 400, attempts: 1 });
    expect(answer.envelope.errors.map(({ code }) => code)).toEqual([7003, 7000]);
    expect(stage.recorder.exchanges).toEqual([]);
  });

  it('A change is sent to Cloudflare once where its outcome is unknown', async () => {
    const stage = await aStage();
    const { zoneCertificate, settings } = managing(stage);
    await settings.read();
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.upload', action: { drop: 'after' } }],
    });

    const refused = await diagnosticOf(zoneCertificate.create(await anUpload()));

    expect(refused.answer).toMatchObject({
      status: 504,
      attempts: 1,
      envelope: { errors: [{ code: 99032 }] },
    });
    expect((await stage.sandbox.calls())['zone_certificate.upload']).toBe(1);
  });

  it('A change is sent again where nothing was changed', async () => {
    const stage = await aStage();
    const { settings } = managing(stage);
    // The read that has the credential accepted, and the change itself: each fails once.
    const twice = { operation: 'settings.get', count: 2, action: { drop: 'before' } } as const;
    const busy = { operation: 'settings.update', count: 1, action: { status: 409 } } as const;
    await stage.sandbox.faults({ rules: [twice, busy] });

    expect(await settings.put(true)).toEqual({ enabled: true });
    expect((await stage.sandbox.calls())['settings.update']).toBe(2);
  });
});
