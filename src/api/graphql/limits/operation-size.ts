import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  GraphQLInt,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isLeafType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  valueFromAST,
  type ValueNode,
} from 'graphql';
import { introspectionSizes } from './introspection-sizes.js';

/** Stands in the `extensions` of a list: how many items it may have. */
export const mayHold = (items: number) => ({ mayHold: items });

/** Stands in the `extensions` of a connection, whose lists have as many items as its argument `first` says. */
export const mayHoldFirst = (most: number) => ({ mayHoldFirst: most });

/**
 * Stands in the `extensions` of a list that has one item for each value of an argument. Each item costs a call to Cloudflare, and
 * so does each field below that costs one, for each item.
 */
export const holdsEach = (argument: string) => ({ holdsEach: argument });

/** Stands in the `extensions` of the lists of a connection. */
export const isPage = { mayHold: 1 };

/** How many objects a field of introspection counts as: graphql-js does all of it in one turn of the event loop. */
const introspectionWeight = 12;

function weightIn(parent: GraphQLNamedType | undefined): number {
  return parent?.name.startsWith('__') ? introspectionWeight : 0;
}

interface Executed {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Size {
  readonly objects: number;
  readonly upstreamCalls: number;
}

const nothing: Size = { objects: 0, upstreamCalls: 0 };

/**
 * How many objects an operation may ask for if each list is as long as it may be, and how many of its fields cost a call to
 * Cloudflare. Each fragment is measured once.
 */
export class OperationSize implements Size {
  private readonly sizes = new Map<FragmentDefinitionNode, Size>();
  private readonly introspection: ReadonlyMap<string, number>;
  readonly objects: number;
  readonly upstreamCalls: number;
  /** Whether other variables may give other numbers. */
  dependsOnVariables = false;

  constructor(private readonly executed: Executed) {
    const { schema, operation } = executed;
    this.introspection = introspectionSizes(schema);
    const root = schema.getRootType(operation.operation) ?? undefined;
    ({ objects: this.objects, upstreamCalls: this.upstreamCalls } = this.of(operation.selectionSet, root));
  }

  private of({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined): Size {
    let [objects, upstreamCalls] = [0, 0];
    for (const selection of selections) {
      const size = this.ofSelection(selection, parent);
      objects += size.objects;
      upstreamCalls += size.upstreamCalls;
    }
    return { objects, upstreamCalls };
  }

  private ofSelection(selection: SelectionNode, parent: GraphQLNamedType | undefined): Size {
    if (selection.kind === Kind.FIELD) return this.ofField(selection, parent);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.ofFragment(selection.name.value);
    return this.of(selection.selectionSet, this.typeOf(selection.typeCondition?.name.value) ?? parent);
  }

  private ofFragment(name: string): Size {
    const fragment = this.executed.fragments.get(name);
    if (!fragment) return nothing;
    const known = this.sizes.get(fragment);
    if (known !== undefined) return known;
    const size = this.of(fragment.selectionSet, this.typeOf(fragment.typeCondition.name.value));
    this.sizes.set(fragment, size);
    return size;
  }

  private ofField(node: FieldNode, parent: GraphQLNamedType | undefined): Size {
    const field = this.fieldOf(node.name.value, parent);
    const type = field && getNamedType(field.type);
    const { costsUpstreamCall = false, holdsEach } = field?.extensions ?? {};
    const ownCalls = costsUpstreamCall ? 1 : 0;
    if (!node.selectionSet || isLeafType(type)) return { objects: weightIn(parent), upstreamCalls: ownCalls };
    const below = this.of(node.selectionSet, type);
    const objects = (weightIn(parent) || 1) + below.objects;
    if (holdsEach === undefined) {
      const items = this.itemsOf(node, field, parent);
      return { objects: items * objects, upstreamCalls: ownCalls + below.upstreamCalls };
    }
    const items = this.itemsIn(node, holdsEach as string);
    return { objects: items * objects, upstreamCalls: items * (1 + below.upstreamCalls) };
  }

  private itemsOf(
    node: FieldNode,
    field: GraphQLField<unknown, unknown> | undefined,
    parent: GraphQLNamedType | undefined,
  ): number {
    const { mayHold: items, mayHoldFirst: most } = field?.extensions ?? {};
    if (typeof most === 'number') return this.firstOf(node, field, most);
    if (typeof items === 'number') return items;
    return this.introspection.get(`${parent?.name}.${node.name.value}`) ?? 1;
  }

  /** Clamped: the resolver refuses a `first` out of range before it does any work. */
  private firstOf(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined, most: number): number {
    const { defaultValue } = field?.args.find(({ name }) => name === 'first') ?? {};
    const argument = this.argumentOf(node, 'first');
    const first: unknown = argument && valueFromAST(argument, GraphQLInt, this.executed.variables);
    const items = first ?? defaultValue;
    return typeof items === 'number' ? Math.min(Math.max(items, 0), most) : most;
  }

  /** The length of a list that is an argument. A value in place of a list counts as a list of it. */
  private itemsIn(node: FieldNode, name: string): number {
    const argument = this.argumentOf(node, name);
    if (argument?.kind === Kind.LIST) return argument.values.length;
    if (argument?.kind !== Kind.VARIABLE) return 1;
    const given = this.executed.variables[argument.name.value];
    return Array.isArray(given) ? given.length : 1;
  }

  private argumentOf({ arguments: given }: FieldNode, wanted: string): ValueNode | undefined {
    const { value } = given?.find(({ name }) => name.value === wanted) ?? {};
    if (value?.kind === Kind.VARIABLE) this.dependsOnVariables = true;
    return value;
  }

  private fieldOf(
    name: string,
    parent: GraphQLNamedType | undefined,
  ): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  }

  private typeOf(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.executed.schema.getType(name);
  }
}
