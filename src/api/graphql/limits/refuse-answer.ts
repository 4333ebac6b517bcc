import {
  type GraphQLRequestContextDidResolveOperation,
  type GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { type AnswerLimit, answerLimits, type BoundedContext } from './answer-budget.js';
import { noteLargeAnswer } from './answer-text.js';
import { limitError, limits } from './limits.js';
import { OperationSize } from './operation-size.js';

type Resolved = GraphQLRequestContextDidResolveOperation<BoundedContext>;

const badRequest = { http: { status: 400 } };

type Size = Pick<OperationSize, 'objects' | 'upstreamCalls'>;

/** The sizes of operations that have the same size with any variables. */
const known = new WeakMap<OperationDefinitionNode, Size>();

/**
 * Refuses an operation that may cause too much. Not a validation rule: validation does not know the variables.
 *
 * @returns how many of its fields cost a call to Cloudflare
 */
export function refuseOversized(resolved: Resolved): number {
  const { operation } = resolved;
  // No operation has that name: graphql-js refuses the request next.
  if (!operation) return 0;
  const { objects, upstreamCalls } = known.get(operation) ?? sizeOf(operation, resolved);
  if (upstreamCalls > limits.upstreamCalls) throw limitError('upstreamCalls', operation, badRequest);
  const { objects: max } = limits;
  if (objects <= max) return upstreamCalls;
  throw new GraphQLError(
    `An operation may ask for at most ${max} objects, where lists are as long as they may be. Ask for fewer at once: a smaller \`first\`, fewer lists below lists.`,
    { extensions: { code: 'LIMIT_EXCEEDED', limit: 'objects', max, ...badRequest } },
  );
}

function sizeOf(operation: OperationDefinitionNode, { schema, document, request }: Resolved): Size {
  const size = new OperationSize({
    schema,
    operation,
    fragments: fragmentsIn(document),
    variables: { ...defaultsOf(operation), ...request.variables },
  });
  if (!size.dependsOnVariables) known.set(operation, size);
  return size;
}

function fragmentsIn({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
    ),
  );
}

/** The default values of variables, which may be the length of a list. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue && valueFromASTUntyped(defaultValue),
    ]),
  );
}

/** Refuses an answer that became too large as a whole: clients would take a part of it for all of it. */
export function refuseExceeded({
  contextValue: { ctx, budget },
  response: { body },
}: GraphQLRequestContextWillSendResponse<BoundedContext>): void {
  if (body.kind !== 'single') return;
  const hasTooManyErrors = (body.singleResult.errors?.length ?? 0) > answerLimits.answerErrors;
  const exceeded = budget.exceeded ?? (hasTooManyErrors ? 'answerErrors' : null);
  if (!exceeded) return noteLargeAnswer(body.singleResult, budget);
  const change = ctx.change?.operationId ? changeWasSent : '';
  body.singleResult = {
    data: null,
    errors: [
      {
        message: change + messages[exceeded],
        extensions: {
          code: 'LIMIT_EXCEEDED',
          limit: exceeded,
          ...(exceeded !== 'answersTogether' && { max: answerLimits[exceeded] }),
        },
      },
    ],
  };
}

const changeWasSent =
  'The change was sent to Cloudflare, and its answer cannot be shown. The audit log has what came of it. ';

const messages: Record<AnswerLimit, string> = {
  answerObjects: `An answer may have at most ${answerLimits.answerObjects} objects. Ask for fewer at once.`,
  answerBytes: `An answer may have at most ${answerLimits.answerBytes} bytes. Ask for fewer objects, or fewer fields of each.`,
  answerErrors: `An answer may have at most ${answerLimits.answerErrors} errors. Ask for fewer objects at once.`,
  answersTogether: 'Too many large answers are under way. Ask again in a moment, or for less at once.',
};
