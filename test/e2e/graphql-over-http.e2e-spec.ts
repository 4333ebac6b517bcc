import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditFail, auditServer } from 'graphql-http';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';

describe('GraphQL over HTTP', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9' });
  });
  afterAll(() => gateway.close());

  it('GraphQL passes 58 of the 61 audits of graphql-http, and fails none that is required', async () => {
    // A GET without this header is refused, since any web page can make a browser send it.
    const fetchFn = (url: string, init?: RequestInit) =>
      fetch(url, { ...init, headers: { ...init?.headers, 'apollo-require-preflight': 'true' } });
    const results = await auditServer({ url: `${gateway.url}/graphql`, fetchFn });
    const failures = results.filter((result): result is AuditFail => result.status !== 'ok');
    const lines = failures.map(({ status, name, reason }) => `${status}: ${name}: ${reason}`);
    expect(results).toHaveLength(61);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(results.length - failures.length).toBeGreaterThanOrEqual(58);
  });
});
