import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  getNamedType,
  isAbstractType,
  type GraphQLCompositeType,
} from 'graphql';
import { type Random } from '../support/basics/random.js';
import { type TestCertificate } from '../support/certificates/certificates.js';
import {
  emptyZone,
  hostnameCertificateInUse,
  seededZone,
  zoneCertificate,
} from '../support/http/requests.js';
import { chance, oneOf, times } from './chances.js';
import { damagedDocument } from './document-damage.js';
import { changed } from './json-bodies.js';
import { texts } from './wild-values.js';

export interface Document {
  readonly query: string;
  readonly variables?: unknown;
}

type Values = Readonly<Record<string, () => unknown>>;

const mostLevels = 7;

/** Documents that the schema allows, by any path through it, and what becomes of them when they are damaged. */
export class Documents {
  private readonly schema: GraphQLSchema = buildSchema(readFileSync('schema.graphql', 'utf8'));

  of(random: Random, certificate: TestCertificate, secrets: readonly string[]): Document {
    const document = this.valid(random, certificate);
    return oneOf<Document>(random, [
      [50, () => document],
      [15, () => ({ ...document, variables: changed(random, document.variables ?? {}, secrets) })],
      [35, () => ({ ...document, query: damagedDocument(random, document.query, secrets) })],
    ]);
  }

  private valid(random: Random, certificate: TestCertificate): Document {
    const values = valuesOf(random, certificate);
    const isMutation = chance(random, 35);
    const root = isMutation ? this.schema.getMutationType() : this.schema.getQueryType();
    if (!root) throw new Error('The schema has no such type.');
    const fields = Object.values(root.getFields());
    const fieldCount = isMutation ? 1 : 1 + random.below(2);
    const variables: Record<string, unknown> = {};
    const declared: string[] = [];
    const selections = times(fieldCount, (index) => {
      const field = chance(random, 70) ? (root.getFields()['zone'] ?? random.of(fields)) : random.of(fields);
      const given = field.args.map(({ name, type }) => {
        const variable = `v${index}_${name}`;
        variables[variable] = this.inputOf(random, type, values, name);
        declared.push(`$${variable}: ${String(type)}`);
        return `${name}: $${variable}`;
      });
      return `a${index}: ${field.name}${argumentsOf(given)}${this.below(random, field, values, 1)}`;
    });
    const head = declared.length > 0 ? ` (${declared.join(', ')})` : '';
    return { query: `${isMutation ? 'mutation' : 'query'}${head} { ${selections.join(' ')} }`, variables };
  }

  /** What is selected of a field: nothing of a scalar. */
  private below(
    random: Random,
    field: GraphQLField<unknown, unknown>,
    values: Values,
    level: number,
  ): string {
    const type = getNamedType(field.type);
    return isCompositeType(type) ? ` { ${this.selectionOf(random, type, values, level)} }` : '';
  }

  private selectionOf(random: Random, type: GraphQLCompositeType, values: Values, level: number): string {
    if (isAbstractType(type)) {
      const possible = random.of(this.schema.getPossibleTypes(type));
      return `__typename ... on ${possible.name} { ${this.selectionOf(random, possible, values, level)} }`;
    }
    if (!isObjectType(type)) return '__typename';
    const fields = Object.values(type.getFields()).filter(
      (field) => level < mostLevels || !isCompositeType(getNamedType(field.type)),
    );
    if (fields.length === 0) return '__typename';
    return times(1 + random.below(level > 3 ? 2 : 5), (index) => {
      const field = random.of(fields);
      const given = field.args
        .filter((argument) => isNonNullType(argument.type) || chance(random, 30))
        .filter(({ name, defaultValue }) => defaultValue === undefined || name === 'first')
        .map(({ name, type: of }) => `${name}: ${literalOf(this.inputOf(random, of, values, name), of)}`);
      return `b${level}_${index}: ${field.name}${argumentsOf(given)}${this.below(random, field, values, level + 1)}`;
    }).join(' ');
  }

  private inputOf(random: Random, type: GraphQLInputType, values: Values, name: string): unknown {
    if (isNonNullType(type)) return this.inputOf(random, type.ofType, values, name);
    if (isListType(type)) {
      return times(1 + random.below(2), () => this.inputOf(random, type.ofType, values, name));
    }
    if (isEnumType(type)) return random.of(type.getValues()).name;
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || chance(random, 40),
      );
      return Object.fromEntries(
        given.map((field) => [field.name, this.inputOf(random, field.type, values, field.name)]),
      );
    }
    const usual = values[name] ?? values[type.name];
    return chance(random, 92) && usual ? usual() : random.of(texts);
  }
}

const argumentsOf = (given: readonly string[]) => (given.length > 0 ? `(${given.join(', ')})` : '');

/** As a literal in a document; names of enums have no quotes. */
function literalOf(value: unknown, type: GraphQLInputType): string {
  if (isNonNullType(type)) return literalOf(value, type.ofType);
  if (isListType(type) && Array.isArray(value)) {
    return `[${value.map((each) => literalOf(each, type.ofType)).join(', ')}]`;
  }
  if (isEnumType(type)) return String(value);
  if (isInputObjectType(type)) {
    const members = Object.entries(value as Record<string, unknown>).map(([name, member]) => {
      const field = type.getFields()[name];
      return field ? `${name}: ${literalOf(member, field.type)}` : name;
    });
    return `{ ${members.join(', ')} }`;
  }
  return JSON.stringify(value);
}

/** What mostly makes sense, by the name of an argument or a member, else by its type. */
function valuesOf(random: Random, { certificate, privateKey }: TestCertificate): Values {
  const zone = () => (chance(random, 90) ? seededZone : emptyZone);
  const certificateId = () => random.of([hostnameCertificateInUse, zoneCertificate]);
  const date = () => random.of(['2026-01-01T00:00:00Z', '2026-11-27T17:00:00.5+05:30', 'x']);
  return {
    zoneId: zone,
    v0_id: zone,
    id: () => random.of([seededZone, hostnameCertificateInUse, zoneCertificate, nodeId(random)]),
    ids: () => nodeId(random),
    certificateId,
    name: () => random.of(['app.example.com', 'APP.example.com.', 'bücher.example', 'x']),
    hostname: () => random.of(['app.example.com', 'new.example.com', '*.example.com', 'x..y']),
    certificate: () => certificate,
    privateKey: () => privateKey,
    first: () => random.of([1, 2, 10, 50, 100, 1000, 0, -1]),
    after: () => random.of(['', 'AAAA', 'bnVsbA', 'x']),
    action: () => random.of(['settings.update', 'audit.read', 'x']),
    actor: () => random.of(['user@example.com', 'x']),
    status: () => 'ACTIVE',
    Boolean: () => chance(random, 50),
    Int: () => random.below(100),
    String: () => random.of(texts),
    ID: () => random.of(texts),
    DateTime: date,
  };
}

function nodeId(random: Random): string {
  const text = random.of(['Zone', 'ZoneCertificate', 'Hostname', 'x', '__proto__']) + `:${seededZone}`;
  return random.of([Buffer.from(text).toString('base64url'), text, seededZone]);
}
