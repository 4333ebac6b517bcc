import {
  type FragmentDefinitionNode,
  getNamedType,
  GraphQLError,
  type GraphQLNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** What one operation may ask for. Sizes count after fragments are expanded. */
export const limits = {
  tokens: 4000,
  depth: 12,
  aliases: 60,
  rootFields: 25,
  fields: 1000,
  upstreamCalls: 100,
  objects: 200_000,
  mutationFields: 1,
} as const;

/** Stands in the `extensions` of a field that costs a call to Cloudflare. */
export const costsUpstreamCall = { costsUpstreamCall: true };

interface Size {
  depth: number;
  fields: number;
  aliases: number;
  upstreamCalls: number;
}

/** Refuses an operation that asks for too much, before any of it is run. */
export const limitsRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const measure = new Measure(context);
    const root = rootTypeOf(context, operation);
    if (!root) return context.reportError(noSuchOperation(operation));
    const size = measure.of(operation.selectionSet, root);
    const rootFields = measure.fieldsAt(operation.selectionSet);
    refuse(context, operation, 'depth', size.depth);
    refuse(context, operation, 'fields', size.fields);
    refuse(context, operation, 'aliases', size.aliases);
    refuse(context, operation, 'upstreamCalls', size.upstreamCalls);
    refuse(context, operation, 'rootFields', rootFields);
    if (operation.operation === OperationTypeNode.MUTATION)
      refuse(context, operation, 'mutationFields', rootFields);
  },
});

const names: Record<keyof typeof limits, string> = {
  tokens: 'tokens',
  depth: 'levels',
  aliases: 'aliases',
  rootFields: 'root fields',
  fields: 'fields',
  objects: 'objects',
  upstreamCalls: 'fields that each cost a call to Cloudflare',
  mutationFields: 'mutation field',
};

function refuse(
  context: ValidationContext,
  node: OperationDefinitionNode,
  limit: keyof typeof limits,
  found: number,
) {
  if (found <= limits[limit]) return;
  context.reportError(
    new GraphQLError(
      `An operation may have at most ${limits[limit]} ${names[limit]}. Ask for less at once.`,
      {
        nodes: node,
        extensions: { code: 'LIMIT_EXCEEDED', limit, max: limits[limit] },
      },
    ),
  );
}

/** graphql-js finds out when it is to be run, as an error of the server's. */
function noSuchOperation(node: OperationDefinitionNode): GraphQLError {
  return new GraphQLError(`There are no operations of type ${node.operation} here.`, { nodes: node });
}

function rootTypeOf(
  context: ValidationContext,
  { operation }: OperationDefinitionNode,
): GraphQLNamedType | undefined {
  return context.getSchema().getRootType(operation) ?? undefined;
}

/** Measures each fragment once, so that fragments which double each other cost no more than their text. */
class Measure {
  private readonly sizes = new Map<FragmentDefinitionNode, Size>();
  private readonly rootFields = new Map<FragmentDefinitionNode, number>();

  constructor(private readonly context: ValidationContext) {}

  of(selectionSet: SelectionSetNode | undefined, parent: GraphQLNamedType | undefined): Size {
    const total: Size = { depth: 0, fields: 0, aliases: 0, upstreamCalls: 0 };
    for (const selection of selectionSet?.selections ?? []) {
      const size = this.ofSelection(selection, parent);
      total.depth = Math.max(total.depth, size.depth);
      total.fields += size.fields;
      total.aliases += size.aliases;
      total.upstreamCalls += size.upstreamCalls;
    }
    return total;
  }

  fieldsAt(selectionSet: SelectionSetNode): number {
    return selectionSet.selections.reduce((count, selection) => {
      if (selection.kind === Kind.FIELD) return count + 1;
      if (selection.kind === Kind.INLINE_FRAGMENT) return count + this.fieldsAt(selection.selectionSet);
      const fragment = this.context.getFragment(selection.name.value);
      return fragment
        ? count + once(this.rootFields, fragment, 0, () => this.fieldsAt(fragment.selectionSet))
        : count;
    }, 0);
  }

  private ofSelection(
    selection: SelectionSetNode['selections'][number],
    parent: GraphQLNamedType | undefined,
  ): Size {
    switch (selection.kind) {
      case Kind.INLINE_FRAGMENT: {
        const type = selection.typeCondition?.name.value;
        return this.of(selection.selectionSet, type ? this.context.getSchema().getType(type) : parent);
      }
      case Kind.FRAGMENT_SPREAD: {
        const fragment = this.context.getFragment(selection.name.value);
        return fragment ? this.ofFragment(fragment) : nothing;
      }
      case Kind.FIELD: {
        const { name, alias, selectionSet } = selection;
        const field =
          isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined;
        const size = this.of(selectionSet, field && getNamedType(field.type));
        // A schema nests types in types: asking for one is no deeper question.
        const isIntrospection = name.value.startsWith('__');
        return {
          depth: isIntrospection ? 0 : size.depth + 1,
          fields: size.fields + 1,
          aliases: size.aliases + (alias ? 1 : 0),
          upstreamCalls: size.upstreamCalls + (field?.extensions['costsUpstreamCall'] ? 1 : 0),
        };
      }
    }
  }

  private ofFragment(fragment: FragmentDefinitionNode): Size {
    const type = this.context.getSchema().getType(fragment.typeCondition.name.value);
    return once(this.sizes, fragment, nothing, () => this.of(fragment.selectionSet, type));
  }
}

const nothing: Size = { depth: 0, fields: 0, aliases: 0, upstreamCalls: 0 };

/** `meanwhile` stands in while the value is being made: fragments in a circle are refused by a rule of their own. */
function once<K, V>(made: Map<K, V>, key: K, meanwhile: V, make: () => V): V {
  const known = made.get(key);
  if (known !== undefined) return known;
  made.set(key, meanwhile);
  const value = make();
  made.set(key, value);
  return value;
}
