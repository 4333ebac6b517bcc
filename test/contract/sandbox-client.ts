export const SEEDED_ZONE = '023e105f4ecef8ad9ca31a8372d0c353';
export const EMPTY_ZONE = '9a7806061c88ada191ed06f989cc3dac';
const READ_WRITE = { authorization: 'Bearer sandbox-token-read-write' };
export const READ_ONLY = { authorization: 'Bearer sandbox-token-read-only' };

export const WITHOUT_ZONE_SETTINGS = {
  authorization: 'Bearer sandbox-token-read-write-without-zone-settings',
};
export const GLOBAL_LEVEL = '/settings/tls_client_auth';

export interface Certificate {
  id: string;
  certificate: string;
  issuer: string;
  signature: string;
  serial_number: string;
  expires_on: string;
  status: string;
  uploaded_on: string;
}

export interface Association {
  hostname: string;
  cert_id: string;
  enabled: boolean | null;
  status: string;
  created_at: string;
  updated_at: string;
  cert_status?: string;
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: {
    success: boolean;
    errors: { code: number; message: string; error_chain?: { code: number; message: string }[] }[];
    messages?: unknown[];
    result: T;
    result_info?: { page: number; per_page: number; count: number; total_count: number; total_pages: number };
  };
}

export interface Exchange {
  method: string;
  url: URL;
  sentBody: boolean;
  status: number;
  body: unknown;
}

export interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  zone?: string;
  /** Below a zone: /origin_tls_client_auth unless given. */
  at?: string;
  /** Below `at`. */
  path?: string;
  headers?: Record<string, string>;
  /** A string goes out as it is, anything else as JSON. */
  body?: unknown;
}

/** A plain HTTP client for one zone, which keeps its exchanges. */
export class SandboxClient {
  readonly exchanges: Exchange[] = [];

  constructor(
    private readonly baseUrl: string,
    private readonly zone = EMPTY_ZONE,
  ) {}

  get<T>(path: string): Promise<Answer<T>> {
    return this.send<T>({ path });
  }

  post<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.send<T>({ method: 'POST', path, body });
  }

  put<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.send<T>({ method: 'PUT', path, body });
  }

  delete<T>(path: string): Promise<Answer<T>> {
    return this.send<T>({ method: 'DELETE', path });
  }

  async send<T = unknown>(request: Request): Promise<Answer<T>> {
    const { method = 'GET', zone = this.zone, path = '', headers = READ_WRITE, body } = request;
    const { at = '/origin_tls_client_auth' } = request;
    const url = new URL(`${this.baseUrl}/zones/${zone}${at}${path}`);
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(
      url,
      text === undefined ? { method, headers } : { method, headers, body: text },
    );
    const answered = (await response.json()) as Answer<T>['body'];
    this.exchanges.push({
      method,
      url,
      sentBody: text !== undefined,
      status: response.status,
      body: answered,
    });
    return { status: response.status, headers: response.headers, body: answered };
  }
}

export function codes(answer: Answer<unknown>): number[] {
  return answer.body.errors.map((error) => error.code);
}
