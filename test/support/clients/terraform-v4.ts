import { globalLevelOf, pathOf, seededZone } from '../http/requests.js';
import { decoded, type Decoded, type Model } from './decode.js';
import { type Answer, type Send } from './other-clients.js';

/** What cloudflare-go v0 reads of a certificate (authenticated_origin_pulls_per_zone.go, …_per_hostname.go). */
export const certificateModel: Model = {
  id: 'text',
  certificate: 'text',
  issuer: 'text',
  signature: 'text',
  expires_on: 'time',
  status: 'text',
  uploaded_on: 'time',
};

/** What it reads of the global level (authenticated_origin_pulls.go). */
export const globalLevelModel: Model = {
  id: 'text',
  value: 'text',
  editable: 'bool',
  modified_on: 'time',
};

/** The error of cloudflare-go v0. The provider takes a resource out of the state if its status is 404. */
export class RequestFailed extends Error {
  constructor(readonly answer: Answer) {
    super(answer.envelope.errors.map(({ code, message }) => `${message} (${code})`).join(', '));
  }
}

type Upload = Readonly<Record<'certificate' | 'private_key', string>>;

/**
 * The requests of `cloudflare_authenticated_origin_pulls` and `…_certificate` of the provider v4, in their order
 * (internal/sdkv2provider).
 */
export function terraform4Resources(send: Send, zone: string = seededZone) {
  async function result(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await send(method, path, body);
    if (answer.status >= 400) throw new RequestFailed(answer);
    return answer.envelope.result;
  }

  const certificates = (rest: string) => {
    const read = async (id: string) =>
      decoded(certificateModel, await result('GET', pathOf(`${rest}/${id}`, zone)));
    return {
      /** Reads until it is active, and once more. */
      create: async (upload: Upload): Promise<Decoded> => {
        const id = String(decoded(certificateModel, await result('POST', pathOf(rest, zone), upload))['id']);
        while ((await read(id))['status'] !== 'active');
        return read(id);
      },
      read,
      delete: async (id: string) => void (await result('DELETE', pathOf(`${rest}/${id}`, zone))),
    };
  };

  const isOn = async () =>
    decoded(globalLevelModel, await result('GET', globalLevelOf(zone)))['value'] === 'on';
  const enabledOf = async (path: string) =>
    decoded({ enabled: 'bool' }, await result('GET', path))['enabled'];

  return {
    zoneCertificate: certificates(''),
    hostnameCertificate: certificates('/hostnames/certificates'),
    /** Its destruction sends `enabled: false`. */
    hostname: {
      put: async (hostname: string, cert_id: string, enabled: boolean) => {
        await result('PUT', pathOf('/hostnames', zone), { config: [{ hostname, cert_id, enabled }] });
        return enabledOf(pathOf(`/hostnames/${hostname}`, zone));
      },
      read: (hostname: string) => enabledOf(pathOf(`/hostnames/${hostname}`, zone)),
    },
    /** A resource without a certificate. Its destruction sends `off`. */
    globalLevel: {
      put: async (enabled: boolean) => {
        await result('PATCH', globalLevelOf(zone), { value: enabled ? 'on' : 'off' });
        return isOn();
      },
      import: () => isOn(),
    },
    /** Its destruction sends `enabled: false`. */
    zoneLevel: {
      put: async (enabled: boolean) => {
        await result('PUT', pathOf('/settings', zone), { enabled });
        return enabledOf(pathOf('/settings', zone));
      },
    },
  };
}
