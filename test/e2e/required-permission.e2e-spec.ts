import { describe, expect, it } from '@jest/globals';
import { type FaultsInput } from '../../sandbox/faults.js';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { ask, type GraphQLFailure, type MutationName, mutationOf } from '../support/graphql/graphql.js';
import { successes, type Way } from '../support/graphql/operation-cases.js';
import { call, envelopeOf } from '../support/http/http.js';
import { aUseOf, operationNames, seededZone } from '../support/http/requests.js';

const aStage = sharedStage();

type Action = NonNullable<FaultsInput['rules']>[number]['action'];

const html: Action = { status: 403, text: '<html>Sorry, you have been blocked', contentType: 'text/html' };
const within: Action = { status: 200, body: { success: false, errors: [{ code: 10000, message: 'No.' }] } };
const refusing = (status: number, code: number): Action => ({
  status,
  body: { success: false, errors: [{ code, message: 'No.' }], messages: [], result: null },
});

const changes = operationNames.filter((name) => operations[name].kind === 'write');
// Where the global level may not be read, GraphQL has that as data.
const reads = operationNames.filter((name) => !changes.includes(name) && name !== 'global_level.get');

async function errorOf(stage: Stage, { selection, variables }: Way): Promise<GraphQLFailure | undefined> {
  const query = variables
    ? mutationOf(selection as MutationName)
    : `{ zone(id: "${seededZone}") { ${selection} } }`;
  const { errors } = await ask(stage.gateway, query, variables && { input: variables });
  expect(errors.length).toBeLessThanOrEqual(1);
  return errors[0];
}

/** The user errors of a mutation that has no other errors. */
async function userErrorsOf(stage: Stage, { selection, variables }: Way): Promise<unknown> {
  const userErrors =
    'userErrors { __typename code message upstreamCode ... on PermissionMissing { permission } }';
  const query = mutationOf(selection as MutationName).replace(/userErrors \{[^}]*\}/, userErrors);
  const { data, errors } = await ask<Record<string, { userErrors: unknown }>>(stage.gateway, query, {
    input: variables,
  });
  expect(errors).toEqual([]);
  return data?.[selection]?.userErrors;
}

describe('The permission that a refused operation needs', () => {
  it.each(reads)('GraphQL names it where %s is refused with 403', async (name) => {
    const stage = await aStage();
    for (const action of [{ refuseToken: true } as const, refusing(403, 4711), html]) {
      await stage.sandbox.faults({ rules: [{ operation: name, action }] });
      const error = await errorOf(stage, await successes[name]());
      expect(error?.extensions).toMatchObject({
        code: 'FORBIDDEN',
        upstreamStatus: 403,
        requiredPermission: 'SSL and Certificates Read',
      });
    }
  });

  it.each(changes)('GraphQL names it where %s, or the read before it, is refused with 403', async (name) => {
    const permission = name === 'global_level.update' ? 'Zone Settings Write' : 'SSL and Certificates Write';
    for (const rule of [{}, { operation: name }]) {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ ...rule, action: html }] });
      const error = await errorOf(stage, await successes[name]());
      expect(error?.extensions).toMatchObject({
        code: 'FORBIDDEN',
        upstreamStatus: 403,
        requiredPermission: permission,
      });
    }
    for (const rule of [{}, { operation: name }]) {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ ...rule, action: { refuseToken: true } }] });
      expect(await userErrorsOf(stage, await successes[name]())).toEqual([
        {
          __typename: 'PermissionMissing',
          code: 'PERMISSION_MISSING',
          message: `Cloudflare refuses this credential in this zone: the change needs the permission ${permission}. Nothing was changed. Cloudflare said: Authentication error`,
          upstreamCode: 10000,
          permission,
        },
      ]);
    }
  });

  it('GraphQL names it where the audit log may not be searched', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ action: { refuseToken: true } }] });

    const error = await errorOf(stage, {
      method: 'GET',
      path: '',
      selection: 'auditEvents(first: 1) { nodes { at } }',
    });

    expect(error?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      requiredPermission: 'SSL and Certificates Read',
    });
  });

  it.each([
    ['another code', refusing(400, 4711)],
    ['status 401', refusing(401, 9109)],
    ['status 404', refusing(404, 1002)],
    ['status 429', refusing(429, 971)],
    ['status 500', { status: 500 }],
    ['a page of HTML with status 502', { ...html, status: 502 }],
    ['nothing', { drop: 'before' }],
  ] satisfies [string, Action][])('GraphQL names none where Cloudflare answers %s', async (_, action) => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action }] });

    const error = await errorOf(stage, await successes['settings.get']());

    expect(error?.extensions.code).toEqual(expect.any(String));
    expect(error?.extensions).not.toHaveProperty('requiredPermission');
  });

  it.each(operationNames)('REST names it in messages where the refusal of %s is not JSON', async (name) => {
    const { method, path, body } = await aUseOf(name);
    const { permission } = operations[name];
    for (const [action, status] of [[html, 403] as const, [within, 502] as const]) {
      const stage = await aStage();
      await stage.admit();
      await stage.sandbox.faults({ rules: [{ operation: name, action }] });

      const reply = await stage.ask(method, path, { body });

      const { errors, messages } = envelopeOf(reply);
      expect([reply.status, errors[0]?.code]).toEqual([status, 99021]);
      const message = `An API token needs the permission ${permission} for this.`;
      expect(messages).toEqual([{ code: 99021, message }]);
    }
  });

  it('REST names the permission of a change where the read before it is refused with a page', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'global_level.get', action: html }] });
    const { method, path, body } = await aUseOf('global_level.update');

    const reply = await stage.ask(method, path, { body });

    expect(reply.status).toBe(403);
    expect(envelopeOf(reply).messages).toMatchObject([
      { message: expect.stringMatching(/Zone Settings Write/) },
    ]);
  });

  it('REST names none where a page of HTML has another status than 403', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ action: { ...html, status: 404 } }] });
    const { path } = await aUseOf('settings.get');
    expect(envelopeOf(await stage.ask('GET', path)).messages).toEqual([]);
  });

  it('REST passes the refusal of the audit log on, and names the permission where it is a page', async () => {
    const stage = await aStage();
    const search = () =>
      call(`${stage.gateway.url}/audit/events?zone=${seededZone}`, 'GET', { headers: stage.bearer });
    await stage.sandbox.faults({ rules: [{ action: { refuseToken: true } }] });
    expect((await search()).body).toEqual(stage.onlyExchange().answer?.body);

    await stage.sandbox.faults({ rules: [{ action: html }] });
    expect(envelopeOf(await search()).messages).toMatchObject([
      { message: expect.stringMatching(/SSL and Certificates Read/) },
    ]);
  });
});
