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
  /** Without it, a thing would not be one: an answer without it is wrong. */
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
    membersOf(type, certificateSchema.shape),
  ),
  // What REST says by an id, GraphQL says by the thing itself.
  ...membersOf('Hostname', associationSchema.shape, { hostname: 'name', cert_id: 'certificate' }),
  ...membersOf('ZoneSettings', zoneSettingsSchema.shape),
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

  it('says of every list of objects how many it may hold', () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'),
    ) as GraphQLObjectType[];
    const lists = types
      .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
      .filter(
        ({ field }) => isListType(getNullableType(field.type)) && !isLeafType(getNamedType(field.type)),
      );
    expect(lists.length).toBeGreaterThan(10);
    const silent = lists.filter(({ field }) => typeof field.extensions['mayHold'] !== 'number');
    expect(silent.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
  });

  it('says of every connection how many its lists may hold', () => {
    const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) ? Object.values(type.getFields()) : [],
    );
    const pages = fields.filter(({ args }) => args.some(({ name }) => name === 'first'));
    expect(pages.map(({ extensions }) => extensions['mayHoldFirst'])).toEqual([1000, 1000, 1000]);
  });

  it.each(held)(
    'has in %s what REST has, and calls for it as often',
    (_, { type, field, schema: member, always }) => {
      const mayBeNull = member.safeParse(null).success && member.safeParse(null).data === null;
      expect(isNonNullType(fieldOf(type, field).type)).toBe(always || !mayBeNull);
    },
  );

  it.each(held.filter(([, { member }]) => member !== 'cert_id'))(
    'says of %s what REST says of it, and perhaps more',
    (_, { type, field, schema: member }) => {
      const said = member.description ?? '';
      expect(said).not.toBe('');
      expect(fieldOf(type, field).description).toContain(said.replace(/\.$/, ''));
    },
  );

  it('has a field of a certificate for each member that a hostname tells of its own', () => {
    const told = Object.keys(hostnameResultSchema.shape)
      .filter((member) => !(member in associationSchema.shape))
      .map((member) => camel(member.replace(/^cert_/, '')));
    const type = schema.getType('HostnameCertificate');
    const fields = isObjectType(type) ? Object.keys(type.getFields()) : [];
    // When a certificate was last changed, only a hostname tells: the certificate itself does not.
    expect(told.filter((field) => !fields.includes(field))).toEqual(['updatedAt']);
  });

  it('has every status in capitals', () => {
    const type = schema.getType('CertificateStatus');
    const values = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
    expect(values.sort()).toEqual(
      statusSchema
        .unwrap()
        .options.map((status) => status.toUpperCase())
        .sort(),
    );
  });

  it('shows a private key in no type that is answered', () => {
    const shown = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) || isInterfaceType(type))
      .flatMap((type) =>
        Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${String(field.type)}`),
      )
      .filter((field) => !field.startsWith('__'));
    // Of the public key, its kind and size may be known.
    expect(shown.filter((field) => /private|key(?!Type:|Bits:)/i.test(field))).toEqual([]);
  });

  it('describes every type, field, argument, enum value and directive', () => {
    const nameless: string[] = [];
    const look = (place: string, { description }: { description?: string | null | undefined }) => {
      if (!description?.trim()) nameless.push(place);
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
    expect(nameless).toEqual([]);
  });
});
