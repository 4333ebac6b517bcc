import Cloudflare4 from 'cloudflare-4';
import Cloudflare5 from 'cloudflare-5';
import Cloudflare6 from 'cloudflare-6';
import Cloudflare7 from 'cloudflare';

interface SdkOptions {
  readonly baseURL: string;
  readonly apiToken?: string;
  readonly apiEmail?: string;
  readonly apiKey?: string;
  readonly maxRetries?: number;
}

interface Upload {
  readonly zone_id: string;
  readonly certificate: string;
  readonly private_key: string;
}

interface Zone {
  readonly zone_id: string;
}

interface Certificate {
  readonly id?: string;
  readonly certificate?: string;
  readonly status?: string;
}

interface Association {
  readonly hostname?: string;
  readonly cert_id?: string;
  readonly enabled?: boolean | null;
}

interface AssociationUpdate extends Zone {
  readonly config: { hostname: string; cert_id: string; enabled: boolean | null }[];
}

interface CertificateMethods {
  create(params: Upload): PromiseLike<Certificate | null>;
  list(params: Zone): PromiseLike<{ result: Certificate[] }>;
  get(id: string, params: Zone): PromiseLike<Certificate | null>;
  delete(id: string, params: Zone): PromiseLike<Certificate | null>;
}

/** What the official SDK does, by the names of its newest version. */
export interface Sdk {
  readonly zoneCertificates: CertificateMethods;
  readonly hostnameCertificates: CertificateMethods;
  readonly hostnames: {
    update(params: AssociationUpdate): PromiseLike<{ result: Association[] }>;
    get(hostname: string, params: Zone): PromiseLike<Association | null>;
  };
  readonly settings: {
    get(params: Zone): PromiseLike<{ enabled?: boolean } | null>;
    update(params: Zone & { enabled: boolean }): PromiseLike<{ enabled?: boolean } | null>;
  };
  /** The global level, by the SDK's methods for any zone setting. */
  readonly globalLevel: {
    get(params: Zone): PromiseLike<unknown>;
    edit(params: Zone & { value: 'on' | 'off' }): PromiseLike<unknown>;
  };
  /** No version has a method for an operation that its documents do not know. */
  get(path: string, options?: { query?: Record<string, unknown> }): PromiseLike<unknown>;
}

type ErrorName =
  | 'BadRequestError'
  | 'AuthenticationError'
  | 'PermissionDeniedError'
  | 'NotFoundError'
  | 'ConflictError'
  | 'RateLimitError'
  | 'InternalServerError';

export interface SdkVersion {
  readonly version: string;
  readonly errors: Record<ErrorName, new (...given: never[]) => Error>;
  connect(options: SdkOptions): Sdk;
}

/** Nothing from the environment: the SDK would send every credential that it finds there. */
const noCredentials = { apiToken: null, apiEmail: null, apiKey: null };

interface WithZoneSettings {
  readonly zones: {
    readonly settings: {
      get(id: string, params: Zone): PromiseLike<unknown>;
      edit(id: string, params: Zone & { value: 'on' | 'off' }): PromiseLike<unknown>;
    };
  };
}

function globalLevelOf({ zones: { settings } }: WithZoneSettings): Sdk['globalLevel'] {
  return {
    get: (params) => settings.get('tls_client_auth', params),
    edit: (params) => settings.edit('tls_client_auth', params),
  };
}

function withNewNames(client: Cloudflare6 | Cloudflare7): Omit<Sdk, 'get'> {
  const { zoneCertificates, hostnameCertificates, hostnames, settings } = client.originTLSClientAuth;
  const globalLevel = globalLevelOf(client);
  return { zoneCertificates, hostnameCertificates, hostnames, settings, globalLevel };
}

function withOldNames(client: Cloudflare4 | Cloudflare5): Omit<Sdk, 'get'> {
  const { originTLSClientAuth } = client;
  const { hostnames, settings } = originTLSClientAuth;
  return {
    globalLevel: globalLevelOf(client),
    zoneCertificates: originTLSClientAuth,
    hostnameCertificates: hostnames.certificates,
    hostnames,
    settings,
  };
}

/** Every major version that is in use. */
export const sdkVersions: readonly SdkVersion[] = [
  {
    version: '7.3.0',
    errors: Cloudflare7,
    connect: (options) => {
      const client = new Cloudflare7({ ...noCredentials, ...options });
      return { ...withNewNames(client), get: (path, query) => client.get(path, query) };
    },
  },
  {
    version: '6.5.0',
    errors: Cloudflare6,
    connect: (options) => {
      const client = new Cloudflare6({ ...noCredentials, ...options });
      return { ...withNewNames(client), get: (path, query) => client.get(path, query) };
    },
  },
  {
    version: '5.2.0',
    errors: Cloudflare5,
    connect: (options) => {
      const client = new Cloudflare5({ ...noCredentials, ...options });
      return { ...withOldNames(client), get: (path, query) => client.get(path, query) };
    },
  },
  {
    version: '4.5.0',
    errors: Cloudflare4,
    connect: (options) => {
      const client = new Cloudflare4({ ...noCredentials, ...options });
      return { ...withOldNames(client), get: (path, query) => client.get(path, query) };
    },
  },
];
