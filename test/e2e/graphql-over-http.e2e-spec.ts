import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditFail, auditServer } from 'graphql-http';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';

describe('GraphQL over HTTP', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9' });
  });
  afterAll(() => gateway.close());

  it("passes graphql-http's audits: no error, and at least 58 of 61", async () => {
    // A GET without such a header may come from any page that somebody looks at, and is refused.
    const fetchFn = (url: string, init?: RequestInit) =>
      fetch(url, { ...init, headers: { ...init?.headers, 'apollo-require-preflight': 'true' } });
    const results = await auditServer({ url: `${gateway.url}/graphql`, fetchFn });
    const failures = results.filter((result): result is AuditFail => result.status !== 'ok');
    const told = failures.map(({ status, name, reason }) => `${status}: ${name}: ${reason}`);
    expect(results).toHaveLength(61);
    expect(told.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(results.length - failures.length).toBeGreaterThanOrEqual(58);
  });
});
