import { describe, expect, it } from '@jest/globals';
import { ask, mutate } from '../support/graphql/graphql.js';
import { emptyZone, hostnameCertificateInUse, seededZone } from '../support/http/requests.js';
import { sharedStage, startStage } from '../support/gateway/stage.js';
import {
  askPage,
  aCertificateIn,
  associate,
  nameOf,
  namesFrom,
  anAmount,
} from '../support/graphql/hostname-pages.js';

const aStage = sharedStage();
describe('Associations over GraphQL', () => {
  it('Each hostname has its certificate, and each certificate has its hostnames', async () => {
    const stage = await aStage();
    const [first = '', second = ''] = await anAmount(stage, 102);

    const { data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${emptyZone}") {
        hostnames(first: 1000) { nodes { name certificate { id: cloudflareId status hostnames { name } } } }
        hostnameCertificates { id: cloudflareId hostnames { name enabled } }
      } }`,
    );

    expect(errors).toEqual([]);
    const shown = (data as { zone: { hostnames: { nodes: unknown[] }; hostnameCertificates: unknown[] } })
      .zone;
    expect(shown.hostnames.nodes[0]).toEqual({
      name: nameOf(0),
      certificate: { id: first, status: 'ACTIVE', hostnames: namesFrom(0, 100).map((name) => ({ name })) },
    });
    expect(shown.hostnames.nodes.at(-1)).toEqual({
      name: nameOf(101),
      certificate: { id: second, status: 'ACTIVE', hostnames: namesFrom(100, 2).map((name) => ({ name })) },
    });
    expect(shown.hostnameCertificates).toContainEqual({
      id: second,
      hostnames: namesFrom(100, 2).map((name) => ({ name, enabled: true })),
    });
  });

  it('A voided hostname has its certificate, which does not list the hostname', async () => {
    const stage = await aStage();
    const { data } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") {
        hostname(name: "old.example.com") { enabled certificate { id: cloudflareId status hostnames { name } } }
        hostnameCertificate(id: "${hostnameCertificateInUse}") { hostnames { name } }
      } }`,
    );
    expect(data).toEqual({
      zone: {
        hostname: {
          enabled: null,
          certificate: {
            id: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff62',
            status: 'PENDING_DELETION',
            hostnames: [],
          },
        },
        hostnameCertificate: { hostnames: [{ name: 'app.example.com' }, { name: 'legacy.example.com' }] },
      },
    });
  });

  it('A certificate that is not in the list is read by its id', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({
      rules: [
        {
          operation: 'hostname.list',
          action: { mergeResult: { cert_id: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff63' } },
        },
      ],
    });
    const { data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { hostnames(first: 2) { nodes { certificate { id: cloudflareId status } } } } }`,
    );
    const certificate = { id: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff63', status: 'DELETED' };
    expect(errors).toEqual([]);
    expect(data).toEqual({ zone: { hostnames: { nodes: [{ certificate }, { certificate }] } } });
    expect(await stage.sandbox.calls()).toEqual({
      'hostname.list': 1,
      'hostname_certificate.list': 1,
      'hostname_certificate.get': 1,
    });
  });

  it.each([
    ['in capitals', 'APP.Example.COM', 'app.example.com'],
    ['in small letters', 'legacy.example.com', 'legacy.example.com'],
  ])('A hostname is found by its name %s', async (_, name, found) => {
    const stage = await aStage();
    const { data } = await ask(
      stage.gateway,
      'query ($zone: ID!, $name: String!) { zone(id: $zone) { hostname(name: $name) { name } } }',
      { zone: seededZone, name },
    );
    expect(data).toEqual({ zone: { hostname: { name: found } } });
  });

  it('A hostname is found by its internationalized name', async () => {
    const stage = await aStage();
    await associate(stage, ['xn--bcher-kva.example'], await aCertificateIn(stage));
    const { data } = await ask(
      stage.gateway,
      `{ zone(id: "${emptyZone}") { hostname(name: "bücher.example") { name enabled } } }`,
    );
    expect(data).toEqual({ zone: { hostname: { name: 'xn--bcher-kva.example', enabled: true } } });
  });
});

describe('LIST_NOT_OFFERED', () => {
  const withoutList = () => startStage({ listAssociations: false });

  it('Hostnames fail with LIST_NOT_OFFERED if Cloudflare has no list, and other fields have data', async () => {
    await using stage = await withoutList();
    const { status, data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { hostnames { totalCount } hostnameCertificates { id: cloudflareId hostnames { name } } settings { enabled } } }`,
    );

    expect(status).toBe(200);
    expect(data).toMatchObject({ zone: { hostnames: null, settings: { enabled: true } } });
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['LIST_NOT_OFFERED']));
    expect(errors.map(({ path }) => path?.join('.'))).toEqual(
      expect.arrayContaining(['zone.hostnames', 'zone.hostnameCertificates.0.hostnames']),
    );
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('Ask for one hostname at a time: `hostname(name)`'),
      extensions: { upstreamStatus: 404, requestId: expect.any(String) },
    });
  });

  it('Hostnames fail with LIST_NOT_OFFERED if Cloudflare answers 405', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'hostname.list', action: { status: 405 } }] });
    const { errors } = await askPage(stage);
    expect(errors).toMatchObject([{ extensions: { code: 'LIST_NOT_OFFERED', upstreamStatus: 405 } }]);
  });

  it.each([404, 405])(
    'Hostnames fail with LIST_NOT_OFFERED if Cloudflare answers %d with HTML',
    async (status) => {
      const stage = await aStage();
      await stage.sandbox.faults({
        rules: [{ operation: 'hostname.list', action: { status, text: '<html>Not here</html>' } }],
      });
      const { errors } = await askPage(stage);
      expect(errors).toMatchObject([{ extensions: { code: 'LIST_NOT_OFFERED', upstreamStatus: status } }]);
    },
  );

  it('A hostname is read by its name, with its certificate, if Cloudflare has no list', async () => {
    await using stage = await withoutList();
    const { data, errors } = await ask(
      stage.gateway,
      `{ zone(id: "${seededZone}") { hostname(name: "app.example.com") { enabled certificate { id: cloudflareId issuer } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      zone: {
        hostname: {
          enabled: true,
          certificate: { id: hostnameCertificateInUse, issuer: expect.any(String) },
        },
      },
    });
  });

  it('The CONFLICT of a certificate in use names no hostnames if Cloudflare has no list', async () => {
    await using stage = await withoutList();
    const { payload, errors } = await mutate(stage.gateway, 'deleteHostnameCertificate', {
      zoneId: seededZone,
      certificateId: hostnameCertificateInUse,
    });
    expect(errors).toEqual([]);
    expect(payload).toMatchObject({
      certificate: null,
      userErrors: [
        {
          code: 'CONFLICT',
          upstreamCode: 1433,
          message: expect.stringMatching(/Void their associations first/),
        },
      ],
    });
  });
});
