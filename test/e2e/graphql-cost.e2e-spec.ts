import { describe, expect, it } from '@jest/globals';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { call } from '../support/http/http.js';
import { emptyZone, seededZone } from '../support/http/requests.js';

const aStage = sharedStage({}, { CACHE_TTL_LIST_SECONDS: 60, CACHE_TTL_ITEM_SECONDS: 60 });
const asked = { 'x-cost-extensions': 'on' };

interface Answered {
  readonly data?: unknown;
  readonly extensions?: { readonly cost?: object; readonly cache?: { readonly hits: number } };
}

async function answerTo(stage: Stage, query: string, headers: object = asked): Promise<Answered> {
  const reply = await call(`${stage.gateway.url}/graphql`, 'POST', {
    headers: { ...stage.bearer, ...headers },
    body: { query },
  });
  return JSON.parse(reply.body.toString()) as Answered;
}

describe('The extension cost', () => {
  it.each([
    ['a zone alone', `{ zone(id: "${seededZone}") { id } }`, 0],
    [
      'three lists',
      `{ zone(id: "${seededZone}") { settings { id } certificates { id } hostnames { totalCount } } }`,
      3,
    ],
    ['a field twice', `{ zone(id: "${seededZone}") { a: settings { id } b: settings { id } } }`, 2],
    [
      'two nodes with a field each',
      `{ nodes(ids: ["${seededZone}", "${emptyZone}"]) { ... on Zone { settings { id } } } }`,
      4,
    ],
  ])('counts the calls that %s may cost', async (_, query, upstreamCalls) => {
    const { extensions } = await answerTo(await aStage(), query);
    expect(extensions).toEqual({ cost: { upstreamCalls, remaining: 100 - upstreamCalls } });
  });

  it('is there each time that it is asked for, and beside that of the cache', async () => {
    const stage = await aStage();
    const query = `{ zone(id: "${seededZone}") { settings { enabled } } }`;
    for (let time = 0; time < 3; time += 1) {
      expect((await answerTo(stage, query, {})).extensions).toBeUndefined();
      const { extensions } = await answerTo(stage, query, { ...asked, 'x-cache-extensions': 'on' });
      expect(extensions).toMatchObject({ cost: { upstreamCalls: 1, remaining: 99 }, cache: { hits: 1 } });
    }
  });
});
