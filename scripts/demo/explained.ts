import { type DemoAccess, type DemoCaller } from './access.js';

const zone = '023e105f4ecef8ad9ca31a8372d0c353';
/** What the sandbox takes for a credential of Cloudflare. */
export const token = 'sandbox-token-that-may-read-and-may-write';

interface Addresses {
  readonly url: string;
  readonly metricsUrl: string;
  readonly sandboxUrl: string;
}

/** What the demo prints when it has started. */
export async function explained({ url, metricsUrl, sandboxUrl }: Addresses): Promise<string> {
  const example = `${url}/client/v4/zones/${zone}/origin_tls_client_auth/hostnames?status=all`;
  const answer: unknown = await (
    await fetch(example, { headers: { authorization: `Bearer ${token}` } })
  ).json();
  return `
${JSON.stringify(answer, null, 2)}

That is what this answers, in another terminal:

  curl -s -H 'Authorization: Bearer ${token}' '${example}'

Origin Pulls Gateway, in front of a sandbox that stands in for Cloudflare.

  Zone       ${zone}
  Token      ${token}

  Playground ${url}/graphql
  API docs   ${url}/docs
  REST       ${url}/client/v4
  Health     ${url}/health/ready
  Metrics    ${metricsUrl}
  Sandbox    ${sandboxUrl}

Ctrl-C ends both.

`;
}

interface Trial {
  readonly caller: DemoCaller;
  readonly says: string;
  readonly path: string;
  readonly query?: string;
}

/** What the demo prints in managed mode. */
export async function explainedManaged(
  { url, metricsUrl, sandboxUrl }: Addresses,
  { settings, issuer, callers }: DemoAccess,
): Promise<string> {
  const { viewer, operator, viewerKey, operatorKey } = callers;
  const read = `{ zone(id: "${zone}") { settings { enabled } } }`;
  const change = `mutation { updateHostnames(input: { zoneId: "${zone}", changes: [{ hostname: "legacy.example.com", certificateId: "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60", action: DISABLE }] }) { hostnames { name enabled } userErrors { message } } }`;
  const trials: Trial[] = [
    { caller: viewer, says: 'reads', path: '/graphql', query: read },
    { caller: viewerKey, says: 'may not change anything', path: '/graphql', query: change },
    { caller: operator, says: 'may change hostnames', path: '/graphql', query: change },
    { caller: operatorKey, says: 'asks who it is', path: '/v1/me' },
  ];
  const shown = await Promise.all(trials.map((trial) => tried(url, trial)));
  const all = Object.values(callers);
  return `
${all.map(({ name, credential }) => `${name}\n  ${credential}`).join('\n\n')}

They are also in files, which these commands read, in another terminal:

${shown.join('\n\n')}

Origin Pulls Gateway in managed mode, in front of a sandbox that stands in for Cloudflare. Callers have no token of Cloudflare:
${settings.ACCESS_FILE} says who may do what, and what is changed there holds within 5 s.

  Zone       ${zone}
  Issuer     ${issuer.url}

  Playground ${url}/graphql, where "Ask as" offers the four
  API docs   ${url}/docs, where the first one is in place
  REST       ${url}/client/v4
  Who am I   ${url}/v1/me
  Health     ${url}/health/ready
  Metrics    ${metricsUrl}
  Sandbox    ${sandboxUrl}

Ctrl-C ends all. Tokens are valid for 12 hours, and until the end of the demo at most.

`;
}

/** A command, and what it answers. */
async function tried(url: string, { caller, says, path, query }: Trial): Promise<string> {
  const body = query === undefined ? undefined : JSON.stringify({ query });
  const answer = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${caller.credential}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body ?? null,
  });
  const sent = body === undefined ? '' : ` \\\n    -H 'Content-Type: application/json' \\\n    -d '${body}'`;
  return `${caller.name} ${says}:
  curl -s ${url}${path} -H "Authorization: Bearer $(cat ${caller.file})"${sent}
  ${(await answer.text()).trim()}`;
}
