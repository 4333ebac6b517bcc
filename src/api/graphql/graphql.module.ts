import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { AuditLog } from '../../gateway/audit/log/audit-log.js';
import { AuditModule } from '../../gateway/audit/audit.module.js';
import { SETTINGS, type Settings, SettingsError } from '../../platform/config/settings.js';
import { Load } from '../../platform/load/load.js';
import { LOG, type Logger } from '../../platform/telemetry/logger.js';
import { answerText } from './limits/answer-text.js';
import { boundAnswers } from './limits/bounded-schema.js';
import { documentProblems } from './documents/check-documents.js';
import { Documents } from './documents/documents.js';
import { DocumentsModule } from './documents/documents.module.js';
import { namesInRefusals } from './documents/refusals.js';
import { type Sent } from './documents/sent-document.js';
import { errorFormatter } from './errors/format-error.js';
import { operationContextOf } from './early/operation-context.js';
import { graphqlPath } from './schema/graphql-path.js';
import { limits, limitsRule } from './limits/limits.js';
import { LoggableNames } from './plugins/operation-name.js';
import { requestPlugin } from './plugins/request-plugin.js';
import { DateTime, PrivateKey } from './schema/scalars.js';

/** Sets every option of Apollo, so that none depends on NODE_ENV. */
@Module({
  imports: [
    GraphQLModule.forRootAsync<ApolloDriverConfig>({
      driver: ApolloDriver,
      imports: [AuditModule, DocumentsModule],
      inject: [SETTINGS, LOG, AuditLog, Documents, Load],
      useFactory: optionsOf,
    }),
  ],
})
export class GraphQLFaceModule {}

function optionsOf(
  settings: Settings,
  log: Logger,
  audit: AuditLog,
  documents: Documents,
  load: Load,
): Omit<ApolloDriverConfig, 'driver'> {
  const names = new Set([...ofApollo, ...namesInRefusals]);
  const loggable = new LoggableNames();
  return {
    path: graphqlPath,
    autoSchemaFile: true,
    sortSchema: true,
    resolvers: { DateTime, PrivateKey },
    context: (request: FastifyRequest, reply: FastifyReply) =>
      operationContextOf(request.raw, reply.raw, documents, sentIn(request)),
    graphiql: false,
    introspection: settings.GRAPHQL_INTROSPECTION,
    csrfPrevention: { requestHeaders: notFromOtherPages },
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    autoTransformHttpErrors: false,
    // When all requests have ended. Before, Apollo would close every connection 10 s later, also that of a change in progress.
    stopOnApplicationShutdown: true,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [limitsRule],
    formatError: errorFormatter(names),
    stringifyResult: answerText,
    transformSchema: (schema) => {
      describeRoots(schema);
      boundAnswers(schema);
      for (const name of namesIn(schema)) names.add(name);
      loggable.add(names);
      checkDocuments(documents, schema, settings.GRAPHQL_INTROSPECTION);
      return schema;
    },
    plugins: [
      // Every answer is `no-store`: the hints of fields are not needed.
      ApolloServerPluginCacheControlDisabled(),
      requestPlugin(log, loggable, audit, load),
    ],
  };
}

function sentIn({ method, url, body }: FastifyRequest): Sent {
  return { method, search: new URL(url, 'http://gateway').search, body };
}

/** @throws SettingsError if the schema has no place for one of them */
function checkDocuments(documents: Documents, schema: GraphQLSchema, mayIntrospect: boolean): void {
  const problems = documentProblems(documents, schema, mayIntrospect);
  if (problems.length === 0) return;
  throw new SettingsError(problems.map((problem) => `GRAPHQL_DOCUMENTS_FILE: ${problem}`));
}

/** Nest's decorators cannot describe the root types. */
export function describeRoots(schema: GraphQLSchema): void {
  const query = schema.getQueryType();
  const mutation = schema.getMutationType();
  if (query) query.description = 'The queries.';
  if (mutation) mutation.description = 'The changes. An operation makes one.';
}

/** A page of another origin cannot send these without a preflight. They include the credential: clients send GET queries with it. */
const notFromOtherPages = [
  ...['authorization', 'x-auth-key'],
  ...['x-apollo-operation-name', 'apollo-require-preflight'],
];

// Names in Apollo's own error messages, which are not masked.
const ofApollo = [
  ...notFromOtherPages,
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json',
  'application/graphql-response+json',
  'PersistedQueryNotSupported',
];

function namesIn(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (isEnumType(type)) return [type.name, ...type.getValues().map(({ name }) => name)];
    if (!isObjectType(type) && !isInputObjectType(type) && !isInterfaceType(type)) return [type.name];
    return [type.name, ...Object.keys(type.getFields())];
  });
}
