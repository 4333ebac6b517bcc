import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aCertificate } from '../support/certificates/certificates.js';
import { startSandbox, type RunningSandbox } from '../support/upstream/sandbox.js';
import { codes, SandboxClient, SEEDED_ZONE, type Association, type Certificate } from './sandbox-client.js';
import { upload } from './sandbox-refusal-cases.js';

const DEPLOY_MS = 60_000;
const DELETE_MS = 120_000;
const VOID_MS = 240_000;

let sandbox: RunningSandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await startSandbox({ deployMs: DEPLOY_MS, deleteMs: DELETE_MS, voidMs: VOID_MS });
});
beforeEach(async () => {
  await sandbox.reset();
  client = new SandboxClient(sandbox.url);
});
afterAll(() => sandbox.close());

async function put(...config: object[]): Promise<Association[]> {
  const answer = await client.put<Association[]>('/hostnames', { config });
  expect(answer.body.errors).toEqual([]);
  return answer.body.result;
}

async function anActiveHostnameCertificate(): Promise<string> {
  const { id } = await upload(client, '/hostnames/certificates');
  await sandbox.advance(DEPLOY_MS);
  return id;
}

describe.each([
  ['zone', ''],
  ['hostname', '/hostnames/certificates'],
])('Life cycle of a %s certificate', (kind, path) => {
  const status = async (id: string) => (await client.get<Certificate>(`${path}/${id}`)).body.result.status;
  const listed = async () =>
    ((await client.get<Certificate[] | null>(path)).body.result ?? []).map(({ id }) => id);

  it('A certificate is deployed, deleted and leaves a tombstone', async () => {
    const { id, status: first } = await upload(client, path);
    expect(first).toBe('pending_deployment');
    await sandbox.advance(DEPLOY_MS);
    expect(await status(id)).toBe('active');

    const deleted = await client.delete<Certificate>(`${path}/${id}`);
    expect(deleted.body.result.status).toBe('pending_deletion');
    expect(await listed()).toEqual([id]);

    await sandbox.advance(DELETE_MS);
    expect(await status(id)).toBe('deleted');
    expect(await listed()).toEqual([]);
  });

  it('A certificate can be uploaded again only after it is deleted, and gets its old id', async () => {
    const certificate = await aCertificate();
    const again = () =>
      client.post<Certificate>(path, {
        certificate: certificate.certificate.replaceAll('\n', '\r\n'),
        private_key: certificate.privateKey,
      });
    const { id } = await upload(client, path, certificate);
    await sandbox.advance(DEPLOY_MS);
    expect(codes(await again())).toEqual([1406]);
    await client.delete(`${path}/${id}`);
    expect(codes(await again())).toEqual([1406]);

    await sandbox.advance(DELETE_MS);
    const { result } = (await again()).body;
    expect(result).toMatchObject({ id, status: 'pending_deployment' });
    expect(await listed()).toEqual([id]);
  });

  it('The answer has the block of the uploaded certificate with a final newline, and never the key', async () => {
    const certificate = await aCertificate({
      subject: 'CN=client, O=Example Ltd',
      notAfter: new Date('2099-01-02T03:04:05Z'),
    });
    const answer = await client.post<Certificate>(path, {
      certificate: `Bag Attributes\n    friendlyName: leaf\n${certificate.certificate}subject=leaf`,
      private_key: certificate.privateKey,
      bundle_method: 'ubiquitous',
    });
    expect(answer.body.result).toEqual({
      id: expect.stringMatching(
        kind === 'zone' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      ),
      certificate: certificate.certificate,
      issuer: 'Example Ltd',
      signature: 'ECDSAWithSHA256',
      serial_number: expect.stringMatching(/^[0-9]+$/),
      expires_on: '2099-01-02T03:04:05.000Z',
      status: 'pending_deployment',
      uploaded_on: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    const everything = JSON.stringify(
      await Promise.all([client.get(path), client.get(`${path}/${answer.body.result.id}`)]),
    );
    expect(everything).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['rsa', 'SHA-256', 'SHA256WithRSA'],
    ['rsa1024', 'SHA-1', 'SHA1WithRSA'],
    ['ec', 'SHA-256', 'ECDSAWithSHA256'],
  ] as const)('The signature of an %s key with %s is %s', async (keyType, hash, name) => {
    const uploaded = await upload(client, path, await aCertificate({ keyType, hash }));
    expect(uploaded.signature).toBe(name);
  });
});

describe('Lists of certificates', () => {
  it('A list names a hostname certificate by id and by cert_id', async () => {
    const id = await anActiveHostnameCertificate();
    const { result } = (await client.get<object[]>('/hostnames/certificates')).body;
    expect(result).toContainEqual(expect.objectContaining({ id, cert_id: id }));
    expect((await client.get('/hostnames/certificates/' + id)).body.result).not.toHaveProperty('cert_id');
  });

  it('A list without zone certificates is null, and one without hostname certificates is empty', async () => {
    const zone = await client.get('');
    expect(zone.body.result).toBeNull();
    expect(zone.body.result_info).toMatchObject({ count: 0, total_count: 0 });
    expect((await client.get('/hostnames/certificates')).body.result).toEqual([]);
  });

  it('A list has all certificates on one page, newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      ids.unshift((await upload(client, '')).id);
      await sandbox.advance(1_000);
    }
    const { result, result_info: info } = (await client.get<Certificate[]>('')).body;
    expect(result.map(({ id }) => id)).toEqual(ids);
    expect(info).toEqual({ page: 1, per_page: 1_000, count: 3, total_count: 3, total_pages: 1 });
  });

  it('A zone has at most ten hostname certificates, with those that are being deleted', async () => {
    const first = await anActiveHostnameCertificate();
    for (let n = 1; n < 10; n += 1) await upload(client, '/hostnames/certificates');
    await expect(upload(client, '/hostnames/certificates')).rejects.toThrow('limit of 10');
    await client.delete(`/hostnames/certificates/${first}`);
    await expect(upload(client, '/hostnames/certificates')).rejects.toThrow('limit of 10');
    await sandbox.advance(DELETE_MS);
    await upload(client, '/hostnames/certificates');
  });
});

describe('Associations', () => {
  const read = (hostname: string) => client.get<Association>(`/hostnames/${hostname}`);

  it('An association is deployed, switched, voided and then removed', async () => {
    const id = await anActiveHostnameCertificate();
    const item = { hostname: 'app.example.com', cert_id: id };
    expect(await put({ ...item, enabled: true })).toMatchObject([
      { enabled: true, status: 'pending_deployment' },
    ]);
    await sandbox.advance(DEPLOY_MS);
    expect((await read('APP.example.com')).body.result).toMatchObject({
      status: 'active',
      cert_status: 'active',
    });

    expect(await put({ ...item, enabled: false })).toMatchObject([{ enabled: false }]);
    await put({ ...item, enabled: null });
    expect((await read('app.example.com')).body.result).toMatchObject({
      enabled: null,
      status: 'pending_deletion',
    });
    await sandbox.advance(VOID_MS);
    expect(codes(await read('app.example.com'))).toEqual([1553]);
  });

  it('An association has the 14 members of the documentation of Cloudflare, and no other', async () => {
    const id = await anActiveHostnameCertificate();
    const [updated = {}] = await put({ hostname: '*.example.com', cert_id: id, enabled: true });
    expect(Object.keys(updated).sort()).toEqual(
      [
        ...[
          'cert_id',
          'cert_status',
          'cert_updated_at',
          'cert_uploaded_on',
          'certificate',
          'created_at',
          'enabled',
        ],
        ...['expires_on', 'hostname', 'issuer', 'serial_number', 'signature', 'status', 'updated_at'],
      ].sort(),
    );
    expect((await read('*.example.com')).body.result).toEqual(updated);
  });

  it('A certificate cannot be deleted until its association is void', async () => {
    const id = await anActiveHostnameCertificate();
    await put({ hostname: 'app.example.com', cert_id: id, enabled: false });
    expect(codes(await client.delete(`/hostnames/certificates/${id}`))).toEqual([1433]);
    await put({ hostname: 'app.example.com', cert_id: id, enabled: null });
    expect((await client.delete(`/hostnames/certificates/${id}`)).status).toBe(200);
  });

  it('An association changes its certificate in place', async () => {
    const [old, next] = [await anActiveHostnameCertificate(), await anActiveHostnameCertificate()];
    const [before] = await put({ hostname: 'app.example.com', cert_id: old, enabled: true });
    await sandbox.advance(DEPLOY_MS);
    const [after] = await put({ hostname: 'app.example.com', cert_id: next, enabled: true });
    expect(after).toMatchObject({ cert_id: next, created_at: before?.created_at });
    expect((await client.delete(`/hostnames/certificates/${old}`)).status).toBe(200);
  });

  it('An association keeps enabled where a change omits it, and begins with false', async () => {
    const id = await anActiveHostnameCertificate();
    const item = { hostname: 'app.example.com', cert_id: id };
    expect(await put(item)).toMatchObject([{ enabled: false }]);
    await put({ ...item, enabled: true });
    expect(await put(item)).toMatchObject([{ enabled: true }]);
    await put({ ...item, enabled: null });
    expect(await put(item)).toMatchObject([{ enabled: false }]);
  });

  it('A request changes all of its associations or none', async () => {
    const id = await anActiveHostnameCertificate();
    const good = { hostname: 'b.example.com', cert_id: id, enabled: true };
    const config = [good, { ...good, hostname: 'a.example.com', cert_id: 'f'.repeat(32) }];
    expect(codes(await client.put('/hostnames', { config }))).toEqual([1415]);
    expect(codes(await read('b.example.com'))).toEqual([1553]);

    const updated = await put(good, { ...good, hostname: 'A.example.com' }, { ...good, enabled: false });
    expect(updated).toMatchObject([
      { hostname: 'A.example.com', enabled: true },
      { hostname: 'b.example.com', enabled: false },
    ]);
  });

  it('A hostname is the same in each spelling, and answers have the last one', async () => {
    const id = await anActiveHostnameCertificate();
    const item = { cert_id: id, enabled: true };
    expect(await put({ ...item, hostname: 'TF2.example.com' })).toMatchObject([
      { hostname: 'TF2.example.com' },
    ]);
    expect((await read('tf2.EXAMPLE.com')).body.result).toMatchObject({ hostname: 'TF2.example.com' });
    expect(await put({ ...item, hostname: 'tf2.example.com', enabled: false })).toMatchObject([
      { hostname: 'tf2.example.com', enabled: false },
    ]);
    expect((await read('TF2.example.com')).body.result).toMatchObject({ hostname: 'tf2.example.com' });
  });

  it('A certificate has at most 100 associations, without void ones', async () => {
    const id = await anActiveHostnameCertificate();
    const items = Array.from({ length: 101 }, (_, n) => ({
      hostname: `h${n}.example.com`,
      cert_id: id,
      enabled: true,
    }));
    const tooMany = await client.put('/hostnames', { config: items });
    expect(tooMany).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringContaining('100') }] },
    });
    expect((await put(...items.slice(0, 100))).length).toBe(100);
    expect((await client.put('/hostnames', { config: items.slice(100) })).status).toBe(400);
    await put({ ...items[0], enabled: null });
    await put(...items.slice(100));
  });
});

describe('The list of associations', () => {
  const list = async (query: string) => (await client.get<Association[]>(`/hostnames${query}`)).body;
  const names = (body: { result: Association[] }) => body.result.map(({ hostname }) => hostname);

  it('The list is ordered by hostname and has pages', async () => {
    const id = await anActiveHostnameCertificate();
    await put(
      ...['c', 'a', 'b'].map((name) => ({ hostname: `${name}.example.com`, cert_id: id, enabled: true })),
    );
    await sandbox.advance(DEPLOY_MS);
    const first = await list('?per_page=2');
    expect(names(first)).toEqual(['a.example.com', 'b.example.com']);
    expect(first.result_info).toEqual({ page: 1, per_page: 2, count: 2, total_count: 3, total_pages: 2 });
    expect(names(await list('?page=2&per_page=2'))).toEqual(['c.example.com']);
    expect(names(await list('?page=3&per_page=2'))).toEqual([]);
    expect((await list('')).result_info?.per_page).toBe(50);
  });

  it('The list has the active associations, those of the statuses given, or all', async () => {
    client = new SandboxClient(sandbox.url, SEEDED_ZONE);
    expect(names(await list(''))).toEqual(['app.example.com', 'legacy.example.com']);
    expect(names(await list('?status=pending_deletion,deleted'))).toEqual(['old.example.com']);
    expect(names(await list('?status=all'))).toHaveLength(3);
  });

  it('The list answers 404 where it is switched off', async () => {
    const older = await startSandbox({ listAssociations: false });
    try {
      const answer = await new SandboxClient(older.url, SEEDED_ZONE).get('/hostnames');
      expect(answer.status).toBe(404);
      expect(codes(answer)).toEqual([7000]);
      expect(await older.calls()).toEqual({ unrouted: 1 });
    } finally {
      await older.close();
    }
  });
});

describe('The seeded zone', () => {
  beforeEach(() => {
    client = new SandboxClient(sandbox.url, SEEDED_ZONE);
  });

  it('Seeded certificates keep their states, and tombstones can be read by id', async () => {
    await sandbox.advance(365 * 24 * 60 * 60 * 1000);
    for (const path of ['', '/hostnames/certificates']) {
      const { result } = (await client.get<Certificate[]>(path)).body;
      expect(result.map(({ status }) => status)).toEqual([
        'active',
        'deployment_timed_out',
        'pending_deletion',
      ]);
      expect(result[0]?.expires_on).toBe('2046-01-01T00:00:00.000Z');
    }
    const tombstone = await client.get('/hostnames/certificates/2458ce5a-0c35-4c7f-82c7-8e9487d3ff63');
    expect(tombstone.body.result).toMatchObject({ status: 'deleted' });
  });

  it('The seeded zone has a hostname for each value of enabled', async () => {
    const { result } = (await client.get<Association[]>('/hostnames?status=all')).body;
    expect(result.map(({ hostname, enabled }) => [hostname, enabled])).toEqual([
      ['app.example.com', true],
      ['legacy.example.com', false],
      ['old.example.com', null],
    ]);
  });

  it('A seeded certificate that is deleted changes its state with time', async () => {
    const [certificate] = (await client.get<Certificate[]>('')).body.result;
    await client.delete(`/${certificate?.id}`);
    await sandbox.advance(DELETE_MS);
    expect((await client.get(`/${certificate?.id}`)).body.result).toMatchObject({ status: 'deleted' });
  });

  it('The seeded zone keeps a change of its settings', async () => {
    expect((await client.get('/settings')).body.result).toEqual({ enabled: true });
    expect((await client.put('/settings', { enabled: false })).body.result).toEqual({ enabled: false });
    expect((await client.get('/settings')).body.result).toEqual({ enabled: false });
  });
});
