import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/basics/eventually.js';
import {
  anUpload,
  apiKey,
  email,
  emptyZone,
  pathOf,
  seededZone,
  token,
  tokenWithoutZoneSettings,
} from '../support/http/requests.js';
import { sdkVersions, type Sdk, type SdkVersion } from '../support/http/sdk.js';
import { sharedStage, startStage, type Stage } from '../support/gateway/stage.js';

const aStage = sharedStage();

/** A token that the gateway has not seen before. */
const tokenOf = ({ bearer }: Stage) => bearer.authorization.slice('Bearer '.length);

interface ApiErrorShape extends Error {
  readonly status: number;
  readonly errors: readonly { readonly code: number; readonly message: string }[];
}

async function rejectionOf(attempt: PromiseLike<unknown>): Promise<ApiErrorShape> {
  return Promise.resolve(attempt).then(
    () => {
      throw new Error('It was answered');
    },
    (error: unknown) => error as ApiErrorShape,
  );
}

const zone = { zone_id: seededZone };

/** The certificate that holds this PEM, however many others there are. */
async function idOf(certificates: Sdk['zoneCertificates'], pem: string, zone_id: string): Promise<string> {
  const { result } = await certificates.list({ zone_id });
  const found = result.filter(({ certificate }) => certificate === pem);
  expect(found).toHaveLength(1);
  return found[0]?.id ?? '';
}

describe.each(sdkVersions)(
  'The official SDK $version with the base URL of the gateway',
  (sdk: SdkVersion) => {
    it('The SDK uploads, lists, associates and deletes both kinds of certificate', async () => {
      const stage = await aStage();
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage), maxRetries: 0 });
      const { zoneCertificates, hostnameCertificates, hostnames, settings } = client;
      const inZone = { zone_id: emptyZone };

      expect((await zoneCertificates.list(inZone)).result).toEqual([]);
      const zoneUpload = await anUpload();
      const forZone = await zoneCertificates.create({ ...inZone, ...zoneUpload });
      const hostnameUpload = await anUpload();
      const forHostname = await hostnameCertificates.create({ ...inZone, ...hostnameUpload });

      const zoneCertificateId = await idOf(zoneCertificates, zoneUpload.certificate, emptyZone);
      const certificateId = await idOf(hostnameCertificates, hostnameUpload.certificate, emptyZone);
      expect([forZone?.id, forHostname?.id]).toEqual([zoneCertificateId, certificateId]);
      expect((await zoneCertificates.get(zoneCertificateId, inZone))?.certificate).toBe(
        zoneUpload.certificate,
      );
      expect((await hostnameCertificates.get(certificateId, inZone))?.certificate).toBe(
        hostnameUpload.certificate,
      );

      const hostname = 'app.example.com';
      for (const enabled of [true, false, null]) {
        const { result } = await hostnames.update({
          ...inZone,
          config: [{ hostname, cert_id: certificateId, enabled }],
        });
        expect(result).toEqual([expect.objectContaining({ hostname, cert_id: certificateId, enabled })]);
        if (enabled === null) continue;
        expect(await hostnames.get(hostname, inZone)).toMatchObject({ cert_id: certificateId, enabled });
        expect(await client.get(pathOf('/hostnames', emptyZone), { query: { status: 'all' } })).toMatchObject(
          {
            success: true,
            result: [{ hostname, cert_id: certificateId, enabled }],
          },
        );
      }

      expect((await settings.get(inZone))?.enabled).toBe(false);
      expect((await settings.update({ ...inZone, enabled: true }))?.enabled).toBe(true);
      expect((await settings.get(inZone))?.enabled).toBe(true);

      await zoneCertificates.delete(zoneCertificateId, inZone);
      await hostnameCertificates.delete(certificateId, inZone);
      expect((await zoneCertificates.list(inZone)).result).toEqual([]);
      expect((await hostnameCertificates.list(inZone)).result).toEqual([]);
      expect((await zoneCertificates.get(zoneCertificateId, inZone))?.status).toBe('deleted');
      expect((await stage.sandbox.calls())['unrouted']).toBeUndefined();
    });

    it('The SDK reads and switches the global level', async () => {
      const stage = await aStage();
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage), maxRetries: 0 });
      const setting = { id: 'tls_client_auth', editable: true };

      expect(await client.globalLevel.get(zone)).toMatchObject({ ...setting, value: 'on' });
      expect(await client.globalLevel.edit({ ...zone, value: 'off' })).toMatchObject({
        ...setting,
        value: 'off',
      });
      expect(await client.globalLevel.get(zone)).toMatchObject({ ...setting, value: 'off' });
    });

    it('The SDK raises PermissionDeniedError for a global level that the token may not read', async () => {
      const stage = await aStage();
      const apiToken = `${tokenWithoutZoneSettings}-${sdk.version.replaceAll('.', '')}`;
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken, maxRetries: 0 });

      const error = await rejectionOf(client.globalLevel.get(zone));

      expect(error).toBeInstanceOf(sdk.errors.PermissionDeniedError);
      expect(error.errors).toEqual([{ code: 9109, message: 'Unauthorized to access requested resource' }]);
    });

    it('The SDK raises BadRequestError for a duplicate certificate', async () => {
      const stage = await aStage();
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage) });
      const upload = { ...zone, ...(await anUpload()) };
      await client.zoneCertificates.create(upload);

      const error = await rejectionOf(client.zoneCertificates.create(upload));

      expect(error).toBeInstanceOf(sdk.errors.BadRequestError);
      expect(error.errors[0]).toMatchObject({ code: 1406 });
    });

    it('The SDK raises PermissionDeniedError for an unknown token', async () => {
      const stage = await aStage();
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: 'unknown-token' });

      const error = await rejectionOf(client.settings.get(zone));

      expect(error).toBeInstanceOf(sdk.errors.PermissionDeniedError);
      expect(error.errors).toEqual([{ code: 10000, message: 'Authentication error' }]);
    });

    it('The SDK raises NotFoundError for a hostname without an association', async () => {
      const stage = await aStage();
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage) });

      const error = await rejectionOf(client.hostnames.get('unknown.example.com', zone));

      expect(error).toBeInstanceOf(sdk.errors.NotFoundError);
      expect(error.errors[0]).toMatchObject({ code: 1553 });
    });

    it('The SDK raises ConflictError during another change of the zone', async () => {
      const stage = await aStage();
      const { sandbox } = stage;
      const othersToken = `${token}-other`;
      await sandbox.faults({ rules: [{ token: othersToken, action: { hang: 'before' } }] });
      const others = new AbortController();
      // Straight to the sandbox: what is changed past the gateway is what no queue in the gateway can prevent.
      const change = fetch(`${sandbox.url}${pathOf('/settings')}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${othersToken}`, 'content-type': 'application/json' },
        body: '{"enabled":false}',
        signal: others.signal,
      });
      await eventually(async () => (await sandbox.calls())['settings.update']);
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage), maxRetries: 0 });

      const error = await rejectionOf(client.settings.update({ ...zone, enabled: true }));
      others.abort();
      await change.catch(() => undefined);

      expect(error).toBeInstanceOf(sdk.errors.ConflictError);
      expect(error.errors).toHaveLength(1);
    });

    it('The SDK raises RateLimitError at once where a retry takes minutes', async () => {
      await using stage = await startStage({ rateLimit: 1 });
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage) });
      await client.settings.get(zone);

      // The default retries are on: without `x-should-retry: false` this one would sleep for five minutes.
      const error = await rejectionOf(client.settings.get(zone));

      expect(error).toBeInstanceOf(sdk.errors.RateLimitError);
      expect(error.errors[0]).toMatchObject({ code: 971 });
      expect(stage.recorder.exchanges).toHaveLength(2);
    });

    it.each([
      [401, 'AuthenticationError'],
      [500, 'InternalServerError'],
    ] as const)('For status %d the SDK raises %s, as without the gateway', async (status, name) => {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ action: { status } }] });
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage), maxRetries: 0 });

      const error = await rejectionOf(client.settings.get(zone));

      expect(error).toBeInstanceOf(sdk.errors[name]);
      expect(error.status).toBe(status);
      expect(error.errors).toEqual([{ code: 1000, message: 'Injected by /__sandbox/faults' }]);
    });

    it.each([
      ['token, e-mail and key at once', { apiToken: token, apiEmail: email, apiKey }],
      ['e-mail and key alone', { apiEmail: email, apiKey }],
    ])('The SDK may use %s', async (_, credentials) => {
      const stage = await aStage();
      const client = sdk.connect({ baseURL: stage.gateway.base, ...credentials });

      expect(await client.settings.get(zone)).toEqual({ enabled: true });
    });

    it('The SDK does not retry a change with an unknown outcome', async () => {
      const stage = await aStage();
      await stage.admit();
      await stage.sandbox.faults({ rules: [{ action: { drop: 'after' } }] });
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage) });

      const error = await rejectionOf(client.zoneCertificates.create({ ...zone, ...(await anUpload()) }));

      expect(error).toBeInstanceOf(sdk.errors.InternalServerError);
      expect(error).toMatchObject({ status: 504, errors: [{ code: 99032 }] });
      expect(await stage.sandbox.calls()).toEqual({ 'zone_certificate.upload': 1 });
    });

    it('A read without an answer is sent to Cloudflare again', async () => {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ count: 1, action: { drop: 'before' } }] });
      const client = sdk.connect({ baseURL: stage.gateway.base, apiToken: tokenOf(stage) });

      expect(await client.settings.get(zone)).toEqual({ enabled: true });
      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
    });
  },
);
