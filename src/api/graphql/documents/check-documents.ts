import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { limits, limitsRule } from '../limits/limits.js';
import { type Documents } from './documents.js';

/** More would fill a screen. */
const mostProblems = 10;

/** Why documents would be refused to every client: at most ten problems, each with its place. */
export function documentProblems(
  { stored }: Documents,
  schema: GraphQLSchema,
  mayIntrospect: boolean,
): string[] {
  const rules = [...specifiedRules, limitsRule, ...(mayIntrospect ? [] : [NoSchemaIntrospectionCustomRule])];
  const problems: string[] = [];
  for (const { place, text } of stored) {
    const [error] = errorsOf(text, (document) => validate(schema, document, rules, { maxErrors: 1 }));
    if (!error) continue;
    const [at] = error.locations ?? [];
    const line = at ? `line ${at.line}, column ${at.column}: ` : '';
    problems.push(`${place}: ${line}${error.message}`);
    if (problems.length === mostProblems) break;
  }
  return problems;
}

function errorsOf(
  text: string,
  check: (document: DocumentNode) => readonly GraphQLError[],
): readonly GraphQLError[] {
  try {
    const document = parse(text, { maxTokens: limits.tokens });
    const hasOperation = document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return hasOperation
      ? check(document)
      : [new GraphQLError('There is no operation. Each document has an operation and all its fragments.')];
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
