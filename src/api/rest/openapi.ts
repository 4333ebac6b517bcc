import { applyDecorators, type INestApplication, RequestMapping, RequestMethod } from '@nestjs/common';
import {
  ApiOperation,
  ApiResponse,
  ApiSecurity,
  DocumentBuilder,
  type OpenAPIObject,
  SwaggerModule,
} from '@nestjs/swagger';
import { z } from 'zod';
import { operations, type OperationName } from '../../domain/cloudflare/operations.js';
import { version } from '../../platform/config/version.js';
import { AddRouteConfig } from './route-config.js';

/** Below it are the same paths as Cloudflare's. */
export const basePath = '/client/v4';

interface Description {
  readonly summary: string;
  /** What the envelope's `result` is. */
  readonly result: z.ZodType;
  /** A `result`. */
  readonly example: unknown;
}

const messageSchema = z.looseObject({ code: z.number().int(), message: z.string() }).meta({ id: 'Message' });

const failureSchema = z
  .looseObject({
    success: z.literal(false),
    errors: z.array(messageSchema),
    messages: z.array(messageSchema).optional(),
    result: z.null().optional(),
  })
  .meta({ id: 'Failure' })
  .describe("Cloudflare's own refusal as it came, or the gateway's in the same envelope.");

const resultInfoSchema = z
  .looseObject({
    page: z.number().optional(),
    per_page: z.number().optional(),
    count: z.number().optional(),
    total_count: z.number().optional(),
    total_pages: z.number().optional(),
    cursor: z.string().nullable().optional().describe('Of the audit log: where the next page begins.'),
  })
  .meta({ id: 'ResultInfo' });

const envelopeOf = (result: z.ZodType) =>
  z.looseObject({
    success: z.literal(true),
    errors: z.array(messageSchema),
    messages: z.array(messageSchema),
    // Cloudflare answers null for an empty list.
    ...(result instanceof z.ZodArray
      ? {
          result: result.nullable(),
          // Without a description the reference becomes an `allOf` of one, of which linters warn.
          result_info: resultInfoSchema.optional().describe('The place of this page in the list.'),
        }
      : { result }),
  });

const refusal = { success: false, errors: [{ code: 10000, message: 'Authentication error' }] };

interface Route extends Description {
  readonly operationId: string;
  /** What a success is. */
  readonly answered: string;
  /** What a failure means. */
  readonly failed: string;
}

/** Documents a body or query and validates nothing: Cloudflare does, and the gateway passes on what it does not know. */
export const described = (schema: z.ZodType) => ({ schema });

/** Describes a route in the OpenAPI document: the envelope it answers, an example of each. */
export const DescribeRoute = ({ operationId, summary, answered, failed, result, example }: Route) =>
  applyDecorators(
    ApiOperation({ operationId, summary }),
    ApiSecurity('token'),
    ApiSecurity({ email: [], key: [] }),
    ApiResponse({
      status: 200,
      description: answered,
      standardSchema: envelopeOf(result),
      example: { success: true, errors: [], messages: [], result: example },
    }),
    ApiResponse({
      status: '4XX',
      description: 'Refused, by Cloudflare or here.',
      standardSchema: failureSchema,
      example: refusal,
    }),
    ApiResponse({ status: '5XX', description: failed, standardSchema: failureSchema }),
  );

/** The route of one of Cloudflare's own operations, below `basePath`. The hooks of the route know its operation. */
export const CloudflareRoute = (name: OperationName, description: Description) =>
  applyDecorators(
    RequestMapping({ method: RequestMethod[operations[name].method], path: operations[name].path }),
    AddRouteConfig({ operation: operations[name] }),
    DescribeRoute({
      ...description,
      operationId: name.replace('.', '_'),
      answered: 'What Cloudflare answered.',
      failed:
        operations[name].kind === 'write'
          ? 'Failed. With code 99032 the change may have been made all the same.'
          : 'Failed, and may be asked again.',
    }),
  );

const config = new DocumentBuilder()
  .setTitle('Origin Pulls Gateway')
  .setDescription(
    "Cloudflare's Authenticated Origin Pulls API, on Cloudflare's own paths: an SDK made for Cloudflare works here with only its base URL changed.",
  )
  .setVersion(version)
  .setLicense('MIT', 'https://opensource.org/license/mit')
  .addServer('/', 'The gateway that serves this document.')
  .addServer('http://127.0.0.1:3000', 'A gateway on this machine, with its default settings.')
  .addSecurity('token', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A Cloudflare API token; in managed mode a token of an issuer, or an API key of the gateway.',
  })
  .addSecurity('email', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Auth-Email',
    description: 'The e-mail address of a Cloudflare user. Send it together with `X-Auth-Key`.',
  })
  .addSecurity('key', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Auth-Key',
    description: 'The API key of that user.',
  })
  .build();

export function openApiDocument(app: INestApplication): OpenAPIObject {
  const info = { ...config.info };
  delete info.contact;
  return SwaggerModule.createDocument(app, { ...config, info });
}
