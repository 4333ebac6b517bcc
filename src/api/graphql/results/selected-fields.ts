import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** The names of the fields that are selected of the value of a resolver, those of fragments included. */
export function selectedFields({ fieldNodes, fragments }: GraphQLResolveInfo): Set<string> {
  const names = new Set<string>();
  for (const { selectionSet } of fieldNodes) {
    for (const { name } of fieldsIn(selectionSet, (fragment) => fragments[fragment])) names.add(name.value);
  }
  return names;
}

/** The fields of a selection set in their order, those of its fragments included. Each fragment is gone through once. */
export function* fieldsIn(
  selectionSet: SelectionSetNode | undefined,
  fragmentOf: (name: string) => FragmentDefinitionNode | undefined,
  seen = new Set<SelectionSetNode>(),
): Generator<FieldNode> {
  if (!selectionSet || seen.has(selectionSet)) return;
  seen.add(selectionSet);
  for (const each of selectionSet.selections) {
    if (each.kind === Kind.FIELD) yield each;
    else if (each.kind === Kind.INLINE_FRAGMENT) yield* fieldsIn(each.selectionSet, fragmentOf, seen);
    else yield* fieldsIn(fragmentOf(each.name.value)?.selectionSet, fragmentOf, seen);
  }
}
