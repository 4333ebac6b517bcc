import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Cloudflare, {
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'cloudflare';
import { aCertificate } from '../support/certificates/certificates.js';
import { startSandbox, type RunningSandbox } from '../support/upstream/sandbox.js';
import { EMPTY_ZONE, SEEDED_ZONE } from './sandbox-client.js';

const zone = { zone_id: EMPTY_ZONE };

let sandbox: RunningSandbox;
let aop: Cloudflare['originTLSClientAuth'];

function client(options: { apiToken?: string; apiEmail?: string; apiKey?: string }): Cloudflare {
  // Nothing from the environment, and no retries that a test did not ask for.
  const none = { apiToken: null, apiEmail: null, apiKey: null, userServiceKey: null };
  return new Cloudflare({ ...none, ...options, baseURL: sandbox.url, maxRetries: 0 });
}

beforeAll(async () => {
  sandbox = await startSandbox({ deployMs: 60_000, deleteMs: 60_000, voidMs: 60_000 });
});
beforeEach(async () => {
  await sandbox.reset();
  aop = client({ apiToken: 'sandbox-token-read-write' }).originTLSClientAuth;
});
afterAll(() => sandbox.close());

async function anUpload() {
  const { certificate, privateKey } = await aCertificate();
  return { ...zone, certificate, private_key: privateKey };
}

async function collect<T>(page: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of page) items.push(item);
  return items;
}

describe('The official SDK', () => {
  it('The SDK uploads, reads and deletes a zone certificate', async () => {
    const { zoneCertificates, settings } = aop;
    expect(await collect(zoneCertificates.list(zone))).toEqual([]);
    const upload = await anUpload();
    const created = await zoneCertificates.create(upload);
    expect(created).toMatchObject({ status: 'pending_deployment', certificate: upload.certificate });
    const id = created.id ?? '';

    await sandbox.advance(60_000);
    expect(await zoneCertificates.get(id, zone)).toMatchObject({ status: 'active' });
    expect(await collect(zoneCertificates.list(zone))).toMatchObject([{ id }]);
    expect(await settings.update({ ...zone, enabled: true })).toEqual({ enabled: true });
    expect(await settings.get(zone)).toEqual({ enabled: true });

    expect(await zoneCertificates.delete(id, zone)).toMatchObject({ status: 'pending_deletion' });
    await sandbox.advance(60_000);
    expect(await zoneCertificates.get(id, zone)).toMatchObject({ status: 'deleted' });
    expect(await collect(zoneCertificates.list(zone))).toEqual([]);
    expect(await zoneCertificates.create(upload)).toMatchObject({ id, status: 'pending_deployment' });
  });

  it('The SDK enables, disables and voids a hostname', async () => {
    const { hostnameCertificates, hostnames } = aop;
    const { id = '' } = await hostnameCertificates.create(await anUpload());
    await sandbox.advance(60_000);
    expect(await hostnameCertificates.get(id, zone)).toMatchObject({ status: 'active' });

    const item = { hostname: 'app.example.com', cert_id: id };
    const set = (enabled: boolean | null) =>
      collect(hostnames.update({ ...zone, config: [{ ...item, enabled }] }));
    expect(await set(true)).toMatchObject([{ ...item, enabled: true }]);
    expect(await set(false)).toMatchObject([{ ...item, enabled: false }]);
    await expect(hostnameCertificates.delete(id, zone)).rejects.toThrow(BadRequestError);

    expect(await set(null)).toMatchObject([{ ...item, enabled: null }]);
    expect(await hostnames.get('app.example.com', zone)).toMatchObject({ enabled: null });
    await sandbox.advance(60_000);
    await expect(hostnames.get('app.example.com', zone)).rejects.toThrow(NotFoundError);

    await hostnameCertificates.delete(id, zone);
    await sandbox.advance(60_000);
    expect(await collect(hostnameCertificates.list(zone))).toEqual([]);
  });

  it('The sandbox counts calls of the SDK by operation', async () => {
    await aop.settings.get(zone);
    await collect(aop.hostnameCertificates.list({ zone_id: SEEDED_ZONE }));
    await aop.hostnames.get('app.example.com', { zone_id: SEEDED_ZONE });
    expect(await sandbox.calls()).toEqual({
      'settings.get': 1,
      'hostname_certificate.list': 1,
      'hostname.get': 1,
    });
  });

  it('The SDK authenticates with an e-mail and a key, or with a read-only token', async () => {
    const byKey = client({ apiEmail: 'user@example.com', apiKey: '144c9defac04969c7bfad8efaa8ea194' });
    expect(await byKey.originTLSClientAuth.settings.update({ ...zone, enabled: true })).toEqual({
      enabled: true,
    });
    const reader = client({ apiToken: 'sandbox-token-read-only' }).originTLSClientAuth;
    expect(await reader.settings.get(zone)).toEqual({ enabled: true });
    await expect(reader.settings.update({ ...zone, enabled: false })).rejects.toThrow(PermissionDeniedError);
  });

  it('The SDK reads the codes of a refusal', async () => {
    const upload = await anUpload();
    await aop.zoneCertificates.create(upload);
    await expect(aop.zoneCertificates.create(upload)).rejects.toMatchObject({
      status: 400,
      errors: [{ code: 1406, message: 'This certificate already exists for this zone.' }],
    });
  });

  it('The SDK throws RateLimitError for status 429', async () => {
    await sandbox.faults({ rules: [{ action: { status: 429, headers: { 'retry-after': '1' } } }] });
    await expect(aop.settings.get(zone)).rejects.toThrow(RateLimitError);
  });
});

describe('An older official SDK', () => {
  it('An older SDK deletes with a content type and without a body', async () => {
    const { default: Older } = await import('cloudflare-4');
    const older = new Older({ apiToken: 'sandbox-token-read-write', baseURL: sandbox.url, maxRetries: 0 });
    const { id = '' } = await aop.zoneCertificates.create(await anUpload());
    await sandbox.advance(60_000);
    expect(await older.originTLSClientAuth.delete(id, zone)).toMatchObject({ status: 'pending_deletion' });
  });
});
