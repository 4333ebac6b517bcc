import { describe, expect, it } from '@jest/globals';
import { startGateway } from '../support/gateway/gateway.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { type Answers, refusal, startMockedAnswers, success } from '../support/upstream/mocked-answers.js';
import { seededZone } from '../support/http/requests.js';

const names = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `h${String(from + index).padStart(4, '0')}.example.com`);
const page = (hostnames: readonly string[], info?: object) =>
  success(
    hostnames.map((hostname) => ({ hostname, enabled: true, status: 'active', cert_id: null })),
    info && { result_info: info },
  );
const asPages = (...pages: ReturnType<typeof page>[]): Answers =>
  Object.fromEntries(
    pages.map((each, index) => [`GET /hostnames?page=${index + 1}&per_page=1000&status=all`, each]),
  );

async function countOf(answers: Answers) {
  await using upstream = await startMockedAnswers(answers);
  const gateway = await startGateway({ upstream: upstream.url });
  const query = `{ zone(id: "${seededZone}") { hostnames(first: 1) { totalCount } } }`;
  const { data, errors } = await ask<{ zone: { hostnames: { totalCount: number } | null } }>(gateway, query);
  await gateway.close();
  return { count: data?.zone.hostnames?.totalCount, code: errors[0]?.extensions.code };
}

describe('Paged lists of associations', () => {
  it.each([
    [
      'total_count alone',
      asPages(page(names(0, 1000), { total_count: 1230 }), page(names(1000, 1230), { total_count: 1230 })),
    ],
    [
      'total_count as a string',
      asPages(
        page(names(0, 1000), { total_count: '1230' }),
        page(names(1000, 1230), { total_count: '1230' }),
      ),
    ],
    [
      'total_pages as a string',
      asPages(page(names(0, 1000), { total_pages: '2' }), page(names(1000, 1230), { total_pages: '2' })),
    ],
    ['total_pages: 0, then an empty page', asPages(page(names(0, 1230), { total_pages: 0 }), page([]))],
    ['no counts, then an empty page', asPages(page(names(0, 50)), page(names(50, 1230)), success(null))],
    [
      'a total_count that is too small, then an empty page',
      asPages(page(names(0, 1000), { total_count: 50 }), page(names(1000, 1230)), page([])),
    ],
  ])('A list is read to its end where Cloudflare sends %s', async (_, answers) => {
    expect(await countOf(answers)).toEqual({ count: 1230, code: undefined });
  });

  it.each([
    ['a page twice', asPages(page(names(0, 50)), page(names(0, 50)), page([]))],
    [
      'a total_count that is not reached',
      asPages(page(names(0, 50), { total_count: 60 }), page([], { total_count: 60 })),
    ],
    [
      'fewer pages than total_pages',
      asPages(page(names(0, 50), { total_pages: 2 }), page([], { total_pages: 3 })),
    ],
    ['an empty last page', asPages(page(names(0, 50), { total_pages: 2 }), page([]))],
    [
      'a total_count that falls',
      asPages(page(names(0, 50), { total_count: 60 }), page(names(50, 55), { total_count: 55 }), page([])),
    ],
    ['a count above the entries of the page', asPages(page(names(0, 50), { count: 51 }), page([]))],
    ['an empty page with total_count: 1', asPages(page([], { total_count: 1 }))],
  ])('A list answers UPSTREAM_INVALID instead of a part where Cloudflare sends %s', async (_, answers) => {
    expect(await countOf(answers)).toEqual({ count: undefined, code: 'UPSTREAM_INVALID' });
  });

  it('A list answers LIMIT_EXCEEDED after the largest number of calls', async () => {
    const endless = Array.from({ length: 101 }, (_, index) => page(names(index, index + 1)));
    expect(await countOf(asPages(...endless))).toEqual({ count: undefined, code: 'LIMIT_EXCEEDED' });
  });
});

const id = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';
const other = 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00';

async function deletionOf(pages: Answers) {
  const inUse = refusal(400, [{ code: 1433, message: 'Certificate is in use.' }]);
  await using upstream = await startMockedAnswers({
    ...pages,
    [`DELETE /hostnames/certificates/${id}`]: inUse,
  });
  const gateway = await startGateway({ upstream: upstream.url });
  const input = { zoneId: seededZone, certificateId: id };
  const { payload } = await mutate(gateway, 'deleteHostnameCertificate', input);
  await gateway.close();
  return payload?.userErrors[0]?.message;
}

describe('Hostnames that use a certificate', () => {
  const using = (hostname: string, more: object = {}) => ({
    hostname,
    cert_id: id,
    enabled: true,
    status: 'active',
    ...more,
  });

  it.each([
    [
      'on the second page',
      asPages(success([using('h0005.example.com')]), success([using('h1100.example.com')]), success([])),
    ],
    [
      'associated by the id in upper case',
      asPages(
        success([using('h0005.example.com'), using('H1100.Example.com.', { cert_id: id.toUpperCase() })]),
        success([]),
      ),
    ],
    [
      'associated with another certificate as well',
      asPages(
        success([
          using('h0005.example.com'),
          using('h1100.example.com', { status: 'pending_deletion' }),
          using('h1100.example.com', { cert_id: other }),
        ]),
        success([]),
      ),
    ],
  ])('The refusal of a deletion names a hostname that is %s', async (_, pages) => {
    const message = await deletionOf(pages);
    expect(message).toContain('h0005.example.com');
    expect(message?.toLowerCase()).toContain('h1100.example.com');
  });

  it.each([
    ['an invalid page', asPages(success([using('h0005.example.com')]), success('none'))],
    ['a page twice', asPages(success([using('h0005.example.com')]), success([using('h0005.example.com')]))],
    [
      'a certificate id that is a number',
      asPages(success([using('h0005.example.com', { cert_id: 5 })], { result_info: { total_count: 1 } })),
    ],
  ])('The refusal of a deletion names no hostname where Cloudflare sends %s', async (_, pages) => {
    expect(await deletionOf(pages)).toBe(
      'Hostnames still use this certificate. Void their associations first.',
    );
  });
});

describe('Lists that Cloudflare does not offer', () => {
  const notFound = (...codes: number[]) =>
    asPages(
      refusal(
        400,
        codes.map((code) => ({ code, message: 'No.' })),
      ),
    );

  it.each([
    ['7003 and 7000', notFound(7003, 7000)],
    ['7000 and 7003', notFound(7000, 7003)],
    ['7003 and 7000 as strings', asPages(refusal(400, [{ code: '7003' }, { code: '7000' }]))],
  ])('A list answers LIST_NOT_OFFERED where Cloudflare answers 400 with %s', async (_, answers) => {
    expect(await countOf(answers)).toEqual({ count: undefined, code: 'LIST_NOT_OFFERED' });
  });

  it.each([[notFound(7003)], [notFound(7000)], [notFound(1000, 7003)]])(
    'A list answers REJECTED where Cloudflare answers 400 without both 7003 and 7000',
    async (answers) => {
      expect(await countOf(answers)).toEqual({ count: undefined, code: 'REJECTED' });
    },
  );
});
