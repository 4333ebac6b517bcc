import {
  defaultFieldResolver,
  getNamedType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type AnswerBudget, type BoundedContext } from './answer-budget.js';

type Field = GraphQLField<unknown, BoundedContext>;
type Resolve = GraphQLFieldResolver<unknown, BoundedContext>;

/** How many items of a list begin in one turn of the event loop. */
const itemsAtOnce = 50;

/** Counts what each field adds to an answer, and bounds how much of it one turn of the event loop does. */
export function boundAnswers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    // The fields of introspection belong to graphql-js, and are bounded before they are run.
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields()) as Field[]) {
      field.resolve = isLeafType(getNamedType(field.type)) ? leafOf(field) : objectOf(field);
    }
  }
}

function leafOf({ resolve = defaultFieldResolver }: Field): Resolve {
  return (source, args, context, info) => {
    const value: unknown = resolve(source, args, context, info);
    // With its quotes, colon and comma.
    context.budget.spendBytes(String(info.path.key).length + 4 + bytesOf(value));
    return value;
  };
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  return Array.isArray(value) ? value.reduce<number>((sum, item) => sum + bytesOf(item) + 1, 2) : 5;
}

function objectOf({ resolve = defaultFieldResolver, type }: Field): Resolve {
  const instead = insteadOf(type);
  return (source, args, context, info) => {
    const { budget } = context;
    const resolved = () => {
      if (!budget.isOpen && instead !== undefined) return instead;
      const value: unknown = resolve(source, args, context, info);
      return value instanceof Promise ? value.then(inTurn, failed) : handed(value);
    };
    const handed = (value: unknown) => (Array.isArray(value) ? itemsOf(value, budget) : value);
    // Many fields may have waited for one call, and continue at the same moment.
    const inTurn = (value: unknown) =>
      budget.hasTurnFor(1) ? handed(value) : budget.turnFor(1).then(() => handed(value));
    const failed = async (error: unknown) => {
      budget.spendError();
      // The whole answer is refused, with an error of its own.
      if (!budget.isOpen && instead !== undefined) return instead;
      if (!budget.hasTurnFor(1)) await budget.turnFor(1);
      throw error;
    };
    budget.spendBytes(String(info.path.key).length + 6);
    const mayBegin = !budget.spendObjects(1) || budget.hasTurnFor(1);
    const made: unknown = mayBegin ? resolved() : budget.turnFor(1).then(resolved);
    return made instanceof Promise ? budget.follow(made) : made;
  };
}

/**
 * The value of a field of a refused answer, so that its resolver is not called; undefined: it has to be called. An error would
 * be one for each field, and might reject what graphql-js does not wait for any more.
 */
function insteadOf(type: GraphQLOutputType): null | readonly [] | undefined {
  if (!isNonNullType(type)) return null;
  return isListType(type.ofType) ? [] : undefined;
}

/** The items of a list, each of which may be a promise of a later turn. */
function itemsOf(items: readonly unknown[], budget: AnswerBudget): readonly unknown[] {
  budget.spendBytes(3 * items.length);
  if (!budget.spendObjects(items.length)) return [];
  if (budget.hasTurnFor(items.length)) return items;
  let turn = Promise.resolve();
  return items.map((item, index) => {
    const left = items.length - index;
    // In order: the fields of earlier items are resolved first.
    if (index % itemsAtOnce === 0) turn = turn.then(() => budget.turnForItems(Math.min(itemsAtOnce, left)));
    return turn.then(() => item);
  });
}
