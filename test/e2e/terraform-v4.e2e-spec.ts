import { describe, expect, it } from '@jest/globals';
import { sending, terraform4 } from '../support/clients/other-clients.js';
import { RequestFailed, terraform4Resources } from '../support/clients/terraform-v4.js';
import { sharedStage, startStage, type Stage } from '../support/gateway/stage.js';
import { unknownId } from '../support/graphql/mutations.js';
import { anUpload, emptyZone, pathOf } from '../support/http/requests.js';

const aStage = sharedStage();
const managing = (stage: Stage) => terraform4Resources(sending(terraform4, stage), emptyZone);

async function failureOf(attempt: Promise<unknown>): Promise<RequestFailed> {
  const error: unknown = await attempt.then(
    () => new Error('It was answered'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof RequestFailed)) throw error;
  return error;
}

describe('The requests of Terraform v4', () => {
  it('Certificates are created, which waits until they are active, refreshed and destroyed', async () => {
    await using stage = await startStage({ deployMs: 200 });
    const { zoneCertificate, hostnameCertificate } = managing(stage);
    for (const resource of [zoneCertificate, hostnameCertificate]) {
      const upload = await anUpload();
      const created = await resource.create(upload);
      expect(created).toMatchObject({ certificate: upload.certificate, status: 'active' });
      const id = String(created['id']);
      await resource.delete(id);
      expect(await resource.read(id)).toMatchObject({ status: 'deleted' });
    }
    expect((await stage.sandbox.calls())['unrouted']).toBeUndefined();
  });

  it('The zone level is switched, and off when it is destroyed', async () => {
    const { zoneLevel } = managing(await aStage());
    expect(await zoneLevel.put(true)).toBe(true);
    expect(await zoneLevel.put(false)).toBe(false);
  });

  it('An association is made, and disabled when it is destroyed, so that its certificate stays in use', async () => {
    const stage = await aStage();
    const { hostname, hostnameCertificate } = managing(stage);
    const id = String((await hostnameCertificate.create(await anUpload()))['id']);
    expect(await hostname.put('tf.example.com', id, true)).toBe(true);

    expect(await hostname.put('tf.example.com', id, false)).toBe(false);

    const refused = await failureOf(hostnameCertificate.delete(id));
    expect(refused.answer).toMatchObject({
      status: 400,
      attempts: 1,
      envelope: { errors: [{ code: 1433 }] },
    });
    const config = [{ hostname: 'tf.example.com', cert_id: id, enabled: null }];
    await stage.ask('PUT', pathOf('/hostnames', emptyZone), { body: { config } });
    await hostnameCertificate.delete(id);
  });

  it('A certificate that Cloudflare does not have is taken out of the state by its 404', async () => {
    const { zoneCertificate, hostnameCertificate } = managing(await aStage());
    const missing = [
      { failed: await failureOf(zoneCertificate.read(unknownId)), code: 1552 },
      {
        failed: await failureOf(hostnameCertificate.read('00000000-0000-4000-8000-000000000000')),
        code: 1551,
      },
    ];
    for (const { failed, code } of missing) {
      expect(failed.answer).toMatchObject({ status: 404, attempts: 1, envelope: { errors: [{ code }] } });
    }
  });

  it('What the gateway does not serve is an error and never the end of a resource', async () => {
    const stage = await aStage();
    for (const path of [
      `/zones/${emptyZone}`,
      `/zones/${emptyZone}/settings/ssl`,
      `/zones?name=example.com`,
    ]) {
      const answer = await sending(terraform4, stage)('GET', path);
      expect(answer).toMatchObject({ status: 400, attempts: 1 });
      expect(answer.envelope.errors.map(({ code }) => code)).toEqual([7003, 7000]);
    }
  });
});
