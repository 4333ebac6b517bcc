import { type Action } from '../../../gateway/access/actions.js';
import {
  type FragmentDefinitionNode,
  getNamedType,
  GraphQLError,
  type GraphQLErrorExtensions,
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

/** The size that one operation may have, after fragments are expanded. */
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

/** Of a field that costs a call: the actions that a caller has to be allowed for all of its value. */
export const costsCallOf = (...actions: [Action, ...Action[]]) => ({ ...costsUpstreamCall, actions });

interface Size {
  depth: number;
  rootFields: number;
  fields: number;
  aliases: number;
}

/** Refuses an operation that exceeds a limit, before any of it is executed. */
export const limitsRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    const root = context.getSchema().getRootType(node.operation);
    if (!root) return context.reportError(noSuchOperation(node));
    const size = new Measure(context).of(node.selectionSet, root);
    for (const limit of ['depth', 'fields', 'aliases', 'rootFields'] as const) {
      refuse(context, node, limit, size[limit]);
    }
    if (node.operation === OperationTypeNode.MUTATION)
      refuse(context, node, 'mutationFields', size.rootFields);
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
  context.reportError(limitError(limit, node));
}

export function limitError(
  limit: keyof typeof limits,
  nodes: OperationDefinitionNode,
  extensions: GraphQLErrorExtensions = {},
): GraphQLError {
  const max = limits[limit];
  return new GraphQLError(`An operation may have at most ${max} ${names[limit]}. Ask for less at once.`, {
    nodes,
    extensions: { code: 'LIMIT_EXCEEDED', limit, max, ...extensions },
  });
}

/** graphql-js would notice when it executes the operation, and report an error of the server. */
function noSuchOperation(node: OperationDefinitionNode): GraphQLError {
  return new GraphQLError(`There are no operations of type ${node.operation} here.`, { nodes: node });
}

/** Measures each fragment once: nested fragments could double the work with each line of the document. */
class Measure {
  private readonly sizes = new Map<FragmentDefinitionNode, Size>();

  constructor(private readonly context: ValidationContext) {}

  of(selectionSet: SelectionSetNode | undefined, parent: GraphQLNamedType | undefined): Size {
    const total = { ...nothing };
    for (const selection of selectionSet?.selections ?? []) {
      const size = this.ofSelection(selection, parent);
      total.depth = Math.max(total.depth, size.depth);
      total.rootFields += size.rootFields;
      total.fields += size.fields;
      total.aliases += size.aliases;
    }
    return total;
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
        // Introspection nests types in types, and is not counted as depth.
        const isIntrospection = name.value.startsWith('__');
        return {
          depth: isIntrospection ? 0 : size.depth + 1,
          rootFields: 1,
          fields: size.fields + 1,
          aliases: size.aliases + (alias ? 1 : 0),
        };
      }
    }
  }

  private ofFragment(fragment: FragmentDefinitionNode): Size {
    const known = this.sizes.get(fragment);
    if (known) return known;
    // Ends the recursion into a cycle of fragments, which another rule refuses.
    this.sizes.set(fragment, nothing);
    const type = this.context.getSchema().getType(fragment.typeCondition.name.value);
    const size = this.of(fragment.selectionSet, type);
    this.sizes.set(fragment, size);
    return size;
  }
}

const nothing: Readonly<Size> = { depth: 0, rootFields: 0, fields: 0, aliases: 0 };
