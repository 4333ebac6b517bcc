import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { type OpenAPIObject } from '@nestjs/swagger';
import { operations } from '../../src/domain/cloudflare/operations.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';

interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { content: Record<string, { schema: object; example?: unknown }> }>;
}

describe('The API documents', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9' });
  });
  afterAll(() => gateway.close());

  const document = async () => (await (await fetch(`${gateway.url}/openapi.json`)).json()) as OpenAPIObject;

  it('The OpenAPI document describes every operation, the audit log and the caller, and no others', async () => {
    const { paths } = await document();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
    );
    const onZones = Object.values(operations).filter(({ isZoneless }) => !isZoneless);
    const expected = onZones.map(
      ({ name, method, path }) =>
        `${method.toLowerCase()} /client/v4${path.replace(/:(\w+)/g, '{$1}')} ${name.replace('.', '_')}`,
    );
    expected.push('get /audit/events audit_events_list', 'get /v1/me viewer_get');
    expect(described.sort()).toEqual(expected.sort());
  });

  it('Every example of the OpenAPI document matches its schema', async () => {
    const { paths, components } = await document();
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', components });
    const fits = (schema: unknown, example: unknown) => {
      const absolute = JSON.stringify(schema).replaceAll('"#/', '"document#/');
      expect(ajv.validate(JSON.parse(absolute) as object, example) || ajv.errorsText()).toBe(true);
    };
    for (const methods of Object.values(paths)) {
      for (const { responses, requestBody } of Object.values(methods) as Operation[]) {
        const answer = responses['200']?.content['application/json'];
        expect(answer?.example).toMatchObject({ success: true, result: expect.anything() });
        fits(answer?.schema, answer?.example);
        fits(
          responses['4XX']?.content['application/json']?.schema,
          responses['4XX']?.content['application/json']?.example,
        );
        const body = requestBody?.content['application/json']?.schema as { $ref?: string } | undefined;
        const name = body?.$ref?.split('/').at(-1) ?? '';
        if (body) fits(body, (components?.schemas?.[name] as { example?: unknown }).example);
      }
    }
  });

  it('The page /docs loads nothing from another host', async () => {
    const page = await (await fetch(`${gateway.url}/docs`)).text();
    expect(page).toContain('swagger-ui');
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await fetch(new URL(path ?? '', `${gateway.url}/docs`))).status).toBe(200);
    }
  });
});
