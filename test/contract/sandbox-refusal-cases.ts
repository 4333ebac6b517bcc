import { anMlDsaCertificate } from '../support/certificates/certificate-der.js';
import { aCertificate, type TestCertificate } from '../support/certificates/certificates.js';
import { type RunningSandbox } from '../support/upstream/sandbox.js';
import {
  GLOBAL_LEVEL,
  READ_ONLY,
  WITHOUT_ZONE_SETTINGS,
  type Answer,
  type Certificate,
  type Request,
  type SandboxClient,
} from './sandbox-client.js';

export interface RefusalCase {
  name: string;
  status: number;
  code: number;
  message: string;
  /** Members of the envelope that Cloudflare's answer lacks. */
  without?: ('messages' | 'result')[];
  refuse: (client: SandboxClient, sandbox: RunningSandbox) => Promise<Answer<unknown>>;
}

/** Undocumented by Cloudflare: the sandbox's stand-in. */
const UNRECORDED = 1000;
const SOME_ID = 'f'.repeat(32);

const hour = 60 * 60 * 1000;
/** Long enough that nothing happens by itself; tests move the clock. */
export const slow = { deployMs: hour, deleteMs: hour, voidMs: hour };

export async function upload(
  client: SandboxClient,
  path: string,
  certificate?: TestCertificate,
): Promise<Certificate> {
  const { certificate: pem, privateKey } = certificate ?? (await aCertificate());
  const answer = await client.post<Certificate>(path, { certificate: pem, private_key: privateKey });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body.result;
}

const asks = (request: Request) => (client: SandboxClient) => client.send(request);

const uploads = (body: object) => (client: SandboxClient) => client.post('', body);

const sets = (...config: object[]) => asks({ method: 'PUT', path: '/hostnames', body: { config } });

export const refusalCases: RefusalCase[] = [
  {
    name: 'an invalid zone id',
    status: 400,
    code: 7003,
    message: 'perhaps your object identifier is invalid?',
    refuse: asks({ zone: 'not-a-zone' }),
  },
  {
    name: 'an invalid certificate id',
    status: 400,
    code: 7003,
    message: 'Could not route to /client/v4/zones/',
    refuse: asks({ path: '/not-a-certificate' }),
  },
  {
    name: 'a call without credentials',
    status: 400,
    code: 9106,
    message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers',
    without: ['messages', 'result'],
    refuse: asks({ headers: {} }),
  },
  {
    name: 'an Authorization header without a bearer token',
    status: 400,
    code: 6003,
    message: 'Invalid request headers',
    refuse: asks({ headers: { authorization: 'Basic dXNlcjpwYXNz' } }),
  },
  {
    name: 'an unknown API key',
    status: 403,
    code: 9103,
    message: 'Unknown X-Auth-Key or X-Auth-Email',
    refuse: asks({ headers: { 'x-auth-email': 'user@example.com', 'x-auth-key': SOME_ID } }),
  },
  {
    name: 'an unknown token',
    status: 403,
    code: 10000,
    message: 'Authentication error',
    without: ['messages', 'result'],
    refuse: asks({ headers: { authorization: 'Bearer some-other-token' } }),
  },
  {
    name: 'a write with a token that may only read',
    status: 403,
    code: 10000,
    message: 'Authentication error',
    without: ['messages', 'result'],
    refuse: asks({ method: 'PUT', path: '/settings', body: { enabled: true }, headers: READ_ONLY }),
  },
  {
    name: 'a zone of another account',
    status: 403,
    code: 10000,
    message: 'Authentication error',
    without: ['messages', 'result'],
    refuse: asks({ zone: SOME_ID }),
  },
  {
    name: 'a read of the global level with a token without the permission Zone Settings',
    status: 403,
    code: 9109,
    message: 'Unauthorized to access requested resource',
    refuse: asks({ at: GLOBAL_LEVEL, headers: WITHOUT_ZONE_SETTINGS }),
  },
  {
    name: 'a write of the global level with a token without the permission Zone Settings',
    status: 403,
    code: 9109,
    message: 'Unauthorized to access requested resource',
    refuse: asks({
      method: 'PATCH',
      at: GLOBAL_LEVEL,
      body: { value: 'on' },
      headers: WITHOUT_ZONE_SETTINGS,
    }),
  },
  {
    name: 'a write of the global level with a token that may only read',
    status: 403,
    code: 9109,
    message: 'Unauthorized to access requested resource',
    refuse: asks({ method: 'PATCH', at: GLOBAL_LEVEL, body: { value: 'on' }, headers: READ_ONLY }),
  },
  {
    name: 'the global level of a zone of another account',
    status: 403,
    code: 10000,
    message: 'Authentication error',
    without: ['messages', 'result'],
    refuse: asks({ at: GLOBAL_LEVEL, zone: SOME_ID }),
  },
  {
    name: 'a global level that is neither on nor off',
    status: 400,
    code: 1007,
    message: 'Invalid value for zone setting tls_client_auth',
    refuse: asks({ method: 'PATCH', at: GLOBAL_LEVEL, body: { value: true } }),
  },
  {
    name: 'a global level without a value',
    status: 400,
    code: 1007,
    message: 'Invalid value for zone setting tls_client_auth',
    refuse: asks({ method: 'PATCH', at: GLOBAL_LEVEL, body: {} }),
  },
  {
    name: 'another zone setting',
    status: 400,
    code: 7003,
    message: 'Could not route to /client/v4/zones/',
    refuse: asks({ at: '/settings/ssl' }),
  },
  {
    name: 'a body that is not JSON',
    status: 400,
    code: 6007,
    message: 'Malformed JSON in request body',
    refuse: asks({ method: 'PUT', path: '/settings', body: '{"enabled":' }),
  },
  {
    name: 'a member of the wrong type',
    status: 400,
    code: UNRECORDED,
    message: 'enabled',
    refuse: asks({ method: 'PUT', path: '/settings', body: { enabled: 'yes' } }),
  },
  {
    name: 'a body too large',
    status: 413,
    code: UNRECORDED,
    message: 'too large',
    refuse: asks({ method: 'POST', body: 'x'.repeat(2 * 1024 * 1024) }),
  },
  {
    name: 'an upload without a private key',
    status: 400,
    code: UNRECORDED,
    message: 'private_key',
    refuse: async (client) => uploads({ certificate: (await aCertificate()).certificate })(client),
  },
  {
    name: 'a certificate that cannot be parsed',
    status: 400,
    code: 1408,
    message: 'Unable to parse certificate',
    refuse: uploads({ certificate: 'no certificate', private_key: 'no key' }),
  },
  ...(['a second certificate', 'a private key', 'a key without its END line'] as const).map((what) => ({
    name: `a certificate with ${what} in the text`,
    status: 400,
    code: 1408,
    message: 'Unable to parse certificate',
    refuse: async (client: SandboxClient) => {
      const [{ certificate, privateKey }, other] = await Promise.all([aCertificate(), aCertificate()]);
      const more = {
        'a second certificate': other.certificate,
        'a private key': privateKey,
        'a key without its END line': privateKey.slice(0, 60),
      }[what];
      return uploads({ certificate: `${certificate}leaf\n${more}`, private_key: privateKey })(client);
    },
  })),
  {
    name: 'the certificate of a CA',
    status: 400,
    code: 1412,
    message: 'Only leaf certificate is allowed.',
    without: ['result'],
    refuse: async (client) => {
      const { certificate, privateKey } = await aCertificate({ ca: true });
      return uploads({ certificate, private_key: privateKey })(client);
    },
  },
  {
    name: 'a private key that cannot be parsed',
    status: 400,
    code: UNRECORDED,
    message: 'Unable to parse private key',
    refuse: async (client) =>
      uploads({ certificate: (await aCertificate()).certificate, private_key: 'no key' })(client),
  },
  ...(['withSeed', 'expanded'] as const).map((form) => ({
    name: `an ML-DSA key that is not its seed alone: ${form}`,
    status: 400,
    code: UNRECORDED,
    message: 'seed format',
    refuse: (client: SandboxClient) => {
      const { certificate, [form]: privateKey } = anMlDsaCertificate();
      return uploads({ certificate, private_key: privateKey })(client);
    },
  })),
  {
    name: 'the private key of another certificate',
    status: 400,
    code: UNRECORDED,
    message: 'does not match',
    refuse: async (client) => {
      const [{ certificate }, { privateKey }] = await Promise.all([aCertificate(), aCertificate()]);
      return uploads({ certificate, private_key: privateKey })(client);
    },
  },
  {
    name: 'a certificate that exists already',
    status: 400,
    code: 1406,
    message: 'This certificate already exists for this zone.',
    refuse: async (client) => {
      const certificate = await aCertificate();
      await upload(client, '', certificate);
      return uploads({ certificate: certificate.certificate, private_key: certificate.privateKey })(client);
    },
  },
  {
    name: 'an unknown zone certificate',
    status: 404,
    code: 1552,
    message: 'certificate not found',
    refuse: asks({ path: `/${SOME_ID}` }),
  },
  {
    name: 'an unknown hostname certificate',
    status: 404,
    code: 1551,
    message: 'certificate not found',
    refuse: asks({ path: `/hostnames/certificates/${SOME_ID}` }),
  },
  {
    name: 'deletion during deployment',
    status: 400,
    code: 1434,
    message: 'Cannot delete resource while in pending deployment state.',
    refuse: async (client) => client.delete(`/${(await upload(client, '')).id}`),
  },
  {
    name: 'deletion of a zone certificate that is deleted',
    status: 400,
    code: UNRECORDED,
    message: 'Certificate is already deleted.',
    refuse: async (client, sandbox) => {
      const { id } = await upload(client, '');
      await sandbox.advance(hour);
      await client.delete(`/${id}`);
      return client.delete(`/${id}`);
    },
  },
  {
    name: 'deletion of a hostname certificate that is being deleted',
    status: 400,
    code: 1414,
    message: 'pending deletion',
    refuse: async (client, sandbox) => {
      const { id } = await upload(client, '/hostnames/certificates');
      await sandbox.advance(hour);
      await client.delete(`/hostnames/certificates/${id}`);
      return client.delete(`/hostnames/certificates/${id}`);
    },
  },
  {
    name: 'deletion of a hostname certificate that is deleted',
    status: 400,
    code: 1415,
    message: 'Invalid Certificate ID',
    refuse: async (client, sandbox) => {
      const { id } = await upload(client, '/hostnames/certificates');
      await sandbox.advance(hour);
      await client.delete(`/hostnames/certificates/${id}`);
      await sandbox.advance(hour);
      return client.delete(`/hostnames/certificates/${id}`);
    },
  },
  {
    name: 'deletion of a hostname certificate in use',
    status: 400,
    code: 1433,
    message: 'in use',
    refuse: async (client, sandbox) => {
      const { id } = await upload(client, '/hostnames/certificates');
      await sandbox.advance(hour);
      await sets({ hostname: 'app.example.com', cert_id: id, enabled: false })(client);
      return client.delete(`/hostnames/certificates/${id}`);
    },
  },
  {
    name: 'a hostname without a certificate id',
    status: 400,
    code: 1404,
    message: 'Certificate ID required',
    refuse: sets({ hostname: 'app.example.com', enabled: true }),
  },
  {
    name: 'a hostname with an unknown certificate',
    status: 400,
    code: 1415,
    message: 'Certificate ID in request is either invalid or the certificate has been deleted',
    without: ['result'],
    refuse: sets({ hostname: 'app.example.com', cert_id: SOME_ID, enabled: true }),
  },
  {
    name: 'a hostname with a zone certificate',
    status: 400,
    code: 1415,
    message: 'Certificate ID in request is either invalid or the certificate has been deleted',
    without: ['result'],
    refuse: async (client) => {
      const { id } = await upload(client, '');
      return sets({ hostname: 'app.example.com', cert_id: id, enabled: true })(client);
    },
  },
  {
    name: 'the void of a hostname whose certificate is gone',
    status: 400,
    code: 1415,
    message: 'Certificate ID in request is either invalid or the certificate has been deleted',
    without: ['result'],
    refuse: async (client, sandbox) => {
      const { id } = await upload(client, '/hostnames/certificates');
      await sandbox.advance(hour);
      await client.delete(`/hostnames/certificates/${id}`);
      await sandbox.advance(hour);
      return sets({ hostname: 'app.example.com', cert_id: id, enabled: null })(client);
    },
  },
  {
    name: 'an invalid hostname',
    status: 400,
    code: UNRECORDED,
    message: 'config.0.hostname',
    refuse: sets({ hostname: 'not a hostname', cert_id: SOME_ID, enabled: true }),
  },
  {
    name: 'an unknown hostname',
    status: 404,
    code: 1553,
    message: 'setting for this hostname not found',
    refuse: asks({ path: '/hostnames/unknown.example.com' }),
  },
  {
    name: 'an invalid page',
    status: 400,
    code: UNRECORDED,
    message: 'per_page',
    refuse: asks({ path: '/hostnames?per_page=1001' }),
  },
  {
    name: 'an unknown status in the filter',
    status: 400,
    code: UNRECORDED,
    message: 'status',
    refuse: asks({ path: '/hostnames?status=active,asleep' }),
  },
];
