import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedDirective,
} from 'graphql';
import { type z } from 'zod';
import { associationSchema } from '../../src/resources/associations/association.schema.js';
import { certificateSchema } from '../../src/resources/certificates/certificate.schema.js';
import { hostnameResultSchema } from '../../src/resources/hostnames/hostnames.schema.js';
import { zoneSettingsSchema } from '../../src/resources/zone-settings/zone-settings.schema.js';
import { statusSchema } from '../../src/domain/cloudflare/reported.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';

interface Held {
  readonly type: string;
  readonly member: string;
  readonly field: string;
  readonly schema: z.ZodType;
  /** Whether an answer without this member is invalid. */
  readonly always: boolean;
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function membersOf(
  type: string,
  shape: Readonly<Record<string, z.ZodType>>,
  names: Readonly<Record<string, string>> = {},
): Held[] {
  return Object.entries(shape).map(([member, schema]) => ({
    type,
    member,
    field: names[member] ?? camel(member),
    schema,
    always: ['id', 'status', 'hostname'].includes(member),
  }));
}

const held = [
  ...['Certificate', 'ZoneCertificate', 'HostnameCertificate'].flatMap((type) =>
    // An id is unique in the schema, and `certificate` would be the PEM of a certificate.
    membersOf(type, certificateSchema.shape, { id: 'cloudflareId', certificate: 'pem' }),
  ),
  // REST has the id of the certificate, GraphQL the certificate.
  ...membersOf('Hostname', associationSchema.shape, { hostname: 'name', cert_id: 'certificate' }),
  // Off unless Cloudflare says otherwise.
  ...membersOf('ZoneSettings', zoneSettingsSchema.shape).map((each) => ({ ...each, always: true })),
].map((each) => [`${each.type}.${each.field}`, each] as const);

describe('The GraphQL schema', () => {
  let gateway: RunningGateway;
  let schema: GraphQLSchema;

  beforeAll(async () => {
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9' });
    schema = gateway.app.get(GraphQLSchemaHost).schema;
  });

  afterAll(() => gateway?.close());

  function fieldOf(type: string, field: string): GraphQLField<unknown, unknown> {
    const found = schema.getType(type);
    if (!isObjectType(found) && !isInterfaceType(found)) throw new Error(`There is no type ${type}`);
    const described = found.getFields()[field];
    if (!described) throw new Error(`${type} has no field ${field}`);
    return described;
  }

  it('Each list of objects in the schema has a maximum length', () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'),
    ) as GraphQLObjectType[];
    const lists = types
      .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
      .filter(
        ({ field }) => isListType(getNullableType(field.type)) && !isLeafType(getNamedType(field.type)),
      );
    expect(lists.length).toBeGreaterThan(10);
    // A list with an item for each value of an argument is as long as that.
    const unlimited = lists.filter(
      ({ field: { extensions } }) =>
        typeof extensions['mayHold'] !== 'number' && extensions['holdsEach'] === undefined,
    );
    expect(unlimited.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
  });

  it('Each connection in the schema has a maximum page size of 1000', () => {
    const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) ? Object.values(type.getFields()) : [],
    );
    const pages = fields.filter(({ args }) => args.some(({ name }) => name === 'first'));
    expect(pages.map(({ extensions }) => extensions['mayHoldFirst'])).toEqual([1000, 1000, 1000]);
  });

  it('Only a node has a field named id, since a normalized cache takes it for the key of the object', () => {
    const withIds = Object.values(schema.getTypeMap()).filter(
      (type): type is GraphQLObjectType => isObjectType(type) && type.getFields()['id'] !== undefined,
    );
    expect(withIds.length).toBeGreaterThan(4);
    const others = withIds.filter((type) => !type.getInterfaces().some(({ name }) => name === 'Node'));
    expect(others.map(({ name }) => name)).toEqual([]);
  });

  it.each(held)(
    '%s is as nullable as the same member over REST',
    (_, { type, field, schema: member, always }) => {
      const mayBeNull = member.safeParse(null).success && member.safeParse(null).data === null;
      expect(isNonNullType(fieldOf(type, field).type)).toBe(always || !mayBeNull);
    },
  );

  it.each(held.filter(([, { member }]) => member !== 'cert_id'))(
    'The description of %s contains the description of the same member over REST',
    (_, { type, field, schema: member }) => {
      const said = member.description ?? '';
      expect(said).not.toBe('');
      expect(fieldOf(type, field).description).toContain(said.replace(/\.$/, ''));
    },
  );

  it('HostnameCertificate has a field for each certificate member of a hostname but updatedAt', () => {
    const members = Object.keys(hostnameResultSchema.shape)
      .filter((member) => !(member in associationSchema.shape))
      .map((member) => camel(member.replace(/^cert_/, '').replace(/^certificate$/, 'pem')));
    const type = schema.getType('HostnameCertificate');
    const fields = isObjectType(type) ? Object.keys(type.getFields()) : [];
    // Only a hostname has the time of the last change of its certificate. The certificate does not have it.
    expect(members.filter((field) => !fields.includes(field))).toEqual(['updatedAt']);
  });

  it('DeploymentStatus has every status of REST in capitals', () => {
    const type = schema.getType('DeploymentStatus');
    const values = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
    expect(values.sort()).toEqual(
      statusSchema
        .unwrap()
        .options.map((status) => status.toUpperCase())
        .sort(),
    );
  });

  it('No output type of the schema has a private key', () => {
    const shown = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) || isInterfaceType(type))
      .flatMap((type) =>
        Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${String(field.type)}`),
      )
      .filter((field) => !field.startsWith('__'));
    // The type, size and uses of the public key are public.
    expect(shown.filter((field) => /private|key(?!Type:|Bits:|Usage:)/i.test(field))).toEqual([]);
  });

  it('Every type, field, argument, enum value and directive has a description', () => {
    const undescribed: string[] = [];
    const look = (place: string, { description }: { description?: string | null | undefined }) => {
      if (!description?.trim()) undescribed.push(place);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__')) continue;
      look(type.name, type);
      if (isEnumType(type)) type.getValues().forEach((value) => look(`${type.name}.${value.name}`, value));
      if (isInputObjectType(type)) {
        Object.values(type.getFields()).forEach((field) => look(`${type.name}.${field.name}`, field));
      }
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        field.args.forEach((argument) => look(`${type.name}.${field.name}(${argument.name})`, argument));
      }
    }
    for (const directive of schema.getDirectives().filter((each) => !isSpecifiedDirective(each))) {
      look(`@${directive.name}`, directive);
    }
    expect(undescribed).toEqual([]);
  });
});
