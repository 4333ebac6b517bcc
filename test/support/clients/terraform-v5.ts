import { pathOf, seededZone } from '../http/requests.js';
import { type Answer, type Send } from './other-clients.js';
import { decoded, type Decoded, type Model } from './decode.js';

/** A failed apply: what the provider prints. */
export class Diagnostic extends Error {
  constructor(readonly answer: Answer) {
    super(answer.envelope.errors.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  }
}

const certificate: Model = {
  id: 'text',
  certificate: 'text',
  expires_on: 'time',
  issuer: 'text',
  signature: 'text',
  status: 'text',
  uploaded_on: 'time',
};

const models = {
  zoneCertificate: { ...certificate, enabled: 'bool' },
  hostnameCertificate: { ...certificate, serial_number: 'text' },
  association: {
    hostname: 'text',
    cert_id: 'text',
    cert_status: 'text',
    cert_updated_at: 'time',
    cert_uploaded_on: 'time',
    certificate: 'text',
    created_at: 'time',
    enabled: 'bool',
    expires_on: 'time',
    issuer: 'text',
    serial_number: 'text',
    signature: 'text',
    status: 'text',
    updated_at: 'time',
  },
  settings: { enabled: 'bool' },
} satisfies Record<string, Model>;

interface Upload {
  readonly certificate: string;
  readonly private_key: string;
}

interface Association {
  readonly cert_id: string;
  readonly enabled: boolean;
  readonly hostname: string;
}

/**
 * The requests of the resources `cloudflare_authenticated_origin_pulls*` of the provider v5, and what it makes of their answers
 * (internal/services/authenticated_origin_pulls*). Update exists for associations and settings alone: a certificate is replaced.
 */
export function terraformResources(send: Send, zone: string = seededZone) {
  async function applied(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await send(method, path, body);
    if (answer.status >= 400) throw new Diagnostic(answer);
    return answer.envelope.result;
  }

  /** Null: the resource is taken out of the state, because it does not exist any more. */
  async function refreshed(model: Model, path: string): Promise<Decoded | null> {
    const answer = await send('GET', path);
    if (answer.status === 404) return null;
    if (answer.status >= 400) throw new Diagnostic(answer);
    return decoded(model, answer.envelope.result);
  }

  const certificates = (model: Model, rest: string) => ({
    create: async (upload: Upload) => decoded(model, await applied('POST', pathOf(rest, zone), upload)),
    read: (id: string) => refreshed(model, pathOf(`${rest}/${id}`, zone)),
    import: async (id: string) => decoded(model, await applied('GET', pathOf(`${rest}/${id}`, zone))),
    delete: async (id: string) => void (await applied('DELETE', pathOf(`${rest}/${id}`, zone))),
  });

  const associations = pathOf('/hostnames', zone);
  const settings = pathOf('/settings', zone);

  return {
    zoneCertificate: certificates(models.zoneCertificate, ''),
    hostnameCertificate: certificates(models.hostnameCertificate, '/hostnames/certificates'),
    association: {
      /** Creates and updates. Looks for its hostname among those of the answer, spelt as it was sent. */
      put: async (config: Association) => {
        const result = (await applied('PUT', associations, { config: [config] })) as { hostname?: string }[];
        const found = result.find(({ hostname }) => hostname === config.hostname);
        if (!found) throw new Error(`hostname ${config.hostname} not found in API response`);
        return decoded(models.association, found);
      },
      read: (hostname: string) => refreshed(models.association, `${associations}/${hostname}`),
      import: async (hostname: string) =>
        decoded(models.association, await applied('GET', `${associations}/${hostname}`)),
      /** Voids it: there is no DELETE. */
      delete: async (hostname: string, certificateId: string) =>
        void (await applied('PUT', associations, {
          config: [{ cert_id: certificateId, enabled: null, hostname }],
        })),
    },
    /** Their destruction sends nothing. */
    settings: {
      put: async (enabled: boolean) => decoded(models.settings, await applied('PUT', settings, { enabled })),
      read: () => refreshed(models.settings, settings),
      import: async () => decoded(models.settings, await applied('GET', settings)),
    },
  };
}
