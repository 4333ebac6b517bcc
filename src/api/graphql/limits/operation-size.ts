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
  type SelectionSetNode,
  TypeMetaFieldDef,
  valueFromAST,
} from 'graphql';
import { introspectionSizes } from './introspection-sizes.js';

/** Stands in the `extensions` of a list: how many items it may have. */
export const mayHold = (items: number) => ({ mayHold: items });

/** Stands in the `extensions` of a connection, whose lists have as many items as its argument `first` says. */
export const mayHoldFirst = (most: number) => ({ mayHoldFirst: most });

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

/** How many objects an operation may ask for if each list is as long as it may be. Each fragment is measured once. */
export class OperationSize {
  private readonly sizes = new Map<FragmentDefinitionNode, number>();
  private readonly introspection: ReadonlyMap<string, number>;
  readonly objects: number;
  /** Whether other variables may give another number. */
  dependsOnVariables = false;

  constructor(private readonly executed: Executed) {
    const { schema, operation } = executed;
    this.introspection = introspectionSizes(schema);
    this.objects = this.of(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
  }

  private of({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined): number {
    let sum = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) sum += this.ofField(selection, parent);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += this.ofFragment(selection.name.value);
      else sum += this.of(selection.selectionSet, this.typeOf(selection.typeCondition?.name.value) ?? parent);
    }
    return sum;
  }

  private ofFragment(name: string): number {
    const fragment = this.executed.fragments.get(name);
    if (!fragment) return 0;
    const known = this.sizes.get(fragment);
    if (known !== undefined) return known;
    const size = this.of(fragment.selectionSet, this.typeOf(fragment.typeCondition.name.value));
    this.sizes.set(fragment, size);
    return size;
  }

  private ofField(node: FieldNode, parent: GraphQLNamedType | undefined): number {
    const field = this.fieldOf(node.name.value, parent);
    const type = field && getNamedType(field.type);
    if (!node.selectionSet || isLeafType(type)) return weightIn(parent);
    const weight = weightIn(parent) || 1;
    return this.itemsOf(node, field, parent) * (weight + this.of(node.selectionSet, type));
  }

  private itemsOf(
    node: FieldNode,
    field: GraphQLField<unknown, unknown> | undefined,
    parent: GraphQLNamedType | undefined,
  ) {
    const { mayHold: items, mayHoldFirst: most } = field?.extensions ?? {};
    if (typeof most === 'number') return this.firstOf(node, field, most);
    if (typeof items === 'number') return items;
    return this.introspection.get(`${parent?.name}.${node.name.value}`) ?? 1;
  }

  /** Clamped: the resolver refuses a `first` out of range before it does any work. */
  private firstOf(
    { arguments: given }: FieldNode,
    field: GraphQLField<unknown, unknown> | undefined,
    most: number,
  ) {
    const { defaultValue } = field?.args.find(({ name }) => name === 'first') ?? {};
    const argument = given?.find(({ name }) => name.value === 'first');
    if (argument?.value.kind === Kind.VARIABLE) this.dependsOnVariables = true;
    const first: unknown = argument && valueFromAST(argument.value, GraphQLInt, this.executed.variables);
    const items = first ?? defaultValue;
    return typeof items === 'number' ? Math.min(Math.max(items, 0), most) : most;
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
