import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { type Exchange } from './sandbox-client.js';

type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
type JsonObject = { [member: string]: Json };

/** Extracts of the document of Cloudflare. */
const EXTRACTS = ['cloudflare-openapi-aop.json', 'cloudflare-openapi-global-level.json'];
const PREFIX = 'tls-certificates-and-hostnames_';
const FAILURE = `${PREFIX}api-response-common-failure`;
/** The same of zone settings. */
const FAILURES = [FAILURE, 'zones_api-response-common-failure-3'];
const MESSAGES = [`${PREFIX}messages`, 'zones_messages'];

interface Defect {
  name: string;
  /** No validator reports it; repaired because the document contradicts itself. */
  silent?: true;
  repair: (document: JsonObject) => void;
}

/** Where the specification and the live API disagree. Each defect can be left in by its name. */
export const defects: Defect[] = [
  {
    name: 'DELETE requires a body',
    repair: (document) => {
      for (const path of Object.values(object(document['paths']))) {
        const operation = object(path)['delete'];
        if (operation !== undefined) delete object(operation)['requestBody'];
      }
    },
  },
  {
    name: 'ids are 32 characters long at most, UUIDs are not',
    repair: (document) => {
      schema(document, `${PREFIX}identifier`)['maxLength'] = 36;
    },
  },
  {
    name: 'every 4XX must be a success and a failure at once',
    repair: (document) => {
      for (const path of Object.values(object(document['paths']))) {
        for (const operation of Object.values(object(path))) {
          const answer = at(operation, 'responses', '4XX', 'content', 'application/json');
          // Those of zone settings are a failure alone.
          if ('allOf' in object(answer['schema']))
            answer['schema'] = { $ref: `#/components/schemas/${FAILURE}` };
        }
      }
    },
  },
  {
    name: 'failures always have messages and result',
    repair: (document) => {
      for (const name of FAILURES) schema(document, name)['required'] = ['success', 'errors'];
    },
  },
  {
    name: 'the status filter is one value, its text says comma-separated',
    repair: (document) => {
      const list = at(document, 'paths', '/zones/{zone_id}/origin_tls_client_auth/hostnames', 'get');
      const filter = (list['parameters'] as JsonObject[]).find(({ name }) => name === 'status');
      const { enum: values } = object(filter?.['schema'] ?? null);
      const one = `(${(values as string[]).join('|')})`;
      object(filter ?? null)['schema'] = { type: 'string', pattern: `^${one}(,${one})*$` };
    },
  },
  {
    name: 'the list of an empty zone is never null',
    repair: (document) => {
      const [, own] = schema(document, `${PREFIX}certificate_response_collection-3`)['allOf'] as Json[];
      at(own ?? null, 'properties', 'result')['nullable'] = true;
    },
  },
  {
    // The live API has the code 971 too (github.com/cloudflare/workers-sdk/issues/10025).
    name: 'error codes start at 1000',
    repair: (document) => {
      for (const name of MESSAGES) {
        const items = object(schema(document, name)['items'] ?? null);
        delete at(items, 'properties', 'code')['minimum'];
      }
    },
  },
  {
    name: 'an array has a minLength',
    silent: true,
    repair: (document) => {
      for (const name of FAILURES) {
        const errors = at(schema(document, name), 'properties', 'errors');
        delete errors['minLength'];
        errors['minItems'] = 1;
      }
    },
  },
  {
    name: 'an object has uniqueItems',
    silent: true,
    repair: (document) => {
      for (const name of MESSAGES) {
        const messages = schema(document, name);
        delete object(messages['items'] ?? null)['uniqueItems'];
        messages['uniqueItems'] = true;
      }
    },
  },
];

/** Compares exchanges with Cloudflare's specification, with all of its defects repaired but the named one. */
export class Specification {
  readonly #document: JsonObject;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(options: { leaving?: string } = {}) {
    this.#document = documentOf(EXTRACTS);
    for (const defect of defects) if (defect.name !== options.leaving) defect.repair(this.#document);
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'spec', components: this.#document['components'] ?? null });
  }

  get operationIds(): string[] {
    return Object.values(object(this.#document['paths'])).flatMap((path) =>
      Object.values(object(path)).map((operation) => text(object(operation)['operationId'])),
    );
  }

  /** @returns the operation, undefined for an unknown path, and the problems of the answer */
  check(exchange: Exchange): { operationId: string | undefined; problems: string[] } {
    const found = this.#find(exchange);
    if (found === undefined) return { operationId: undefined, problems: [] };
    const { operation, parameters } = found;
    const ok = exchange.status === 200;
    const answer = at(operation, 'responses', ok ? '200' : '4XX', 'content', 'application/json');
    return {
      operationId: text(operation['operationId']),
      problems: [
        ...this.#validate(answer['schema'] ?? null, exchange.body, 'answer'),
        // A request that was refused may be anything.
        ...(ok ? this.#checkRequest(operation, parameters, exchange) : []),
      ],
    };
  }

  #checkRequest(operation: JsonObject, parameters: Record<string, string>, exchange: Exchange): string[] {
    const problems = ((operation['parameters'] ?? []) as JsonObject[]).flatMap((parameter) => {
      const name = text(parameter['name']);
      const given = parameter['in'] === 'path' ? parameters[name] : exchange.url.searchParams.get(name);
      if (given === undefined || given === null) return [];
      const parameterSchema = object(parameter['schema'] ?? null);
      const value = parameterSchema['type'] === 'number' ? Number(given) : given;
      return this.#validate(parameterSchema, value, name);
    });
    const { requestBody } = operation;
    const missing =
      requestBody !== undefined && object(requestBody)['required'] === true && !exchange.sentBody;
    return missing ? [...problems, 'body: is required'] : problems;
  }

  #validate(wanted: Json, value: unknown, name: string): string[] {
    const reference = JSON.stringify(wanted).replaceAll('"#/', '"spec#/');
    let validate = this.#compiled.get(reference);
    if (validate === undefined) {
      validate = this.#ajv.compile(JSON.parse(reference) as JsonObject);
      this.#compiled.set(reference, validate);
    }
    if (validate(value)) return [];
    return [`${name}: ${this.#ajv.errorsText(validate.errors, { dataVar: '' })}`];
  }

  /** A literal segment wins over a parameter, as in any router. */
  #find({ method, url }: Exchange) {
    const segments = url.pathname.replace('/client/v4', '').split('/');
    const matches = Object.entries(object(this.#document['paths'])).flatMap(([template, path]) => {
      const operation = object(path)[method.toLowerCase()];
      const names = template.split('/');
      if (operation === undefined || names.length !== segments.length) return [];
      const parameters: Record<string, string> = {};
      for (const [index, name] of names.entries()) {
        const segment = decodeURIComponent(segments[index] ?? '');
        if (name.startsWith('{')) parameters[name.slice(1, -1)] = segment;
        else if (name !== segment) return [];
      }
      return [{ operation: object(operation), parameters }];
    });
    return matches.sort((a, b) => Object.keys(a.parameters).length - Object.keys(b.parameters).length)[0];
  }
}

/** One document with the paths and the schemas of all. */
function documentOf(extracts: readonly string[]): JsonObject {
  const documents = extracts.map((name) => {
    const file = new URL(`../fixtures/${name}`, import.meta.url);
    return JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
  });
  const merged = (...path: string[]) =>
    Object.assign({}, ...documents.map((document) => at(document, ...path))) as JsonObject;
  return { paths: merged('paths'), components: { schemas: merged('components', 'schemas') } };
}

function schema(document: JsonObject, name: string): JsonObject {
  return at(document, 'components', 'schemas', name);
}

function at(from: Json, ...path: string[]): JsonObject {
  return path.reduce((value, member) => object(value[member] ?? null), object(from));
}

function object(value: Json | undefined): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error('The specification has another form than it had');
}

function text(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error('The specification has another form than it had');
}
