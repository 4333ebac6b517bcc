import { describe, expect, it } from '@jest/globals';
import { startGateway } from '../support/gateway.js';
import { ask } from '../support/graphql.js';
import { type Answers, startMockedAnswers, success } from '../support/mocked-answers.js';
import { seededZone } from '../support/requests.js';

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

describe('A list of associations in pages', () => {
  it.each([
    [
      'total_count alone',
      asPages(page(names(0, 1000), { total_count: 1230 }), page(names(1000, 1230), { total_count: 1230 })),
    ],
    [
      'total_count as a text',
      asPages(
        page(names(0, 1000), { total_count: '1230' }),
        page(names(1000, 1230), { total_count: '1230' }),
      ),
    ],
    [
      'total_pages as a text',
      asPages(page(names(0, 1000), { total_pages: '2' }), page(names(1000, 1230), { total_pages: '2' })),
    ],
    ['no counts, then an empty page', asPages(page(names(0, 50)), page(names(50, 1230)), success(null))],
    [
      'a total that is too small, then an empty page',
      asPages(page(names(0, 1000), { total_count: 50 }), page(names(1000, 1230)), page([])),
    ],
  ])('is read whole: %s', async (_, answers) => {
    expect(await countOf(answers)).toEqual({ count: 1230, code: undefined });
  });

  it.each([
    ['a page that repeats', asPages(page(names(0, 50)), page(names(0, 50)), page([]))],
    [
      'a total that is never reached',
      asPages(page(names(0, 50), { total_count: 60 }), page([], { total_count: 60 })),
    ],
    ['pages that do not come', asPages(page(names(0, 50), { total_pages: 2 }), page([], { total_pages: 3 }))],
  ])('fails and is never shown in part: %s', async (_, answers) => {
    expect(await countOf(answers)).toEqual({ count: undefined, code: 'UPSTREAM_INVALID' });
  });

  it('fails at the bound of calls', async () => {
    const endless = Array.from({ length: 101 }, (_, index) => page(names(index, index + 1)));
    expect(await countOf(asPages(...endless))).toEqual({ count: undefined, code: 'LIMIT_EXCEEDED' });
  });
});
