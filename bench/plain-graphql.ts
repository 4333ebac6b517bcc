import { createHash } from 'node:crypto';
import { Agent, get } from 'node:http';
import { fastify } from 'fastify';
import { buildSchema, execute, GraphQLError, parse, validate, type DocumentNode } from 'graphql';

/**
 * The peer of the gateway's GraphQL: Fastify, graphql-js, and resolvers that each call upstream over kept connections. A document
 * is parsed and validated once, as in Apollo. It limits, counts, masks and logs nothing.
 */
const upstream = process.env['UPSTREAM'] ?? '';
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const schema = buildSchema(`
  type Query { zone(id: ID!): Zone }
  type Zone { settings: ZoneSettings, certificates: [Certificate!], hostnameCertificates: [Certificate!] }
  type ZoneSettings { enabled: Boolean }
  enum CertificateStatus {
    ACTIVE DELETED DELETION_TIMED_OUT DEPLOYMENT_TIMED_OUT INITIALIZING PENDING_DELETION PENDING_DEPLOYMENT UNKNOWN
  }
  type Certificate {
    id: ID!
    status: CertificateStatus!
    certificate: String
    issuer: String
    serialNumber: String
    signature: String
    uploadedOn: String
    expiresOn: String
    fingerprintSha256: String
  }
`);

interface Context {
  readonly authorization: string | undefined;
}

interface WireCertificate {
  id: string;
  certificate: string;
  issuer: string;
  signature: string;
  serial_number: string;
  status: string;
  uploaded_on: string;
  expires_on: string;
}

// graphql-js calls functions among the values with the arguments of the field and the context.
const root = {
  zone: ({ id }: { id: string }) => ({
    settings: (_: object, context: Context) => call<{ enabled: boolean }>(context, id, '/settings'),
    certificates: (_: object, context: Context) => certificates(context, id, ''),
    hostnameCertificates: (_: object, context: Context) =>
      certificates(context, id, '/hostnames/certificates'),
  }),
};

async function certificates(context: Context, zone: string, path: string): Promise<object[]> {
  const list = await call<WireCertificate[] | null>(context, zone, path);
  return (list ?? []).map((wire) => ({
    id: wire.id,
    status: wire.status.toUpperCase(),
    certificate: wire.certificate,
    issuer: wire.issuer,
    serialNumber: wire.serial_number,
    signature: wire.signature,
    uploadedOn: wire.uploaded_on,
    expiresOn: wire.expires_on,
    fingerprintSha256: () => fingerprintOf(wire.certificate),
  }));
}

function fingerprintOf(pem: string): string {
  const der = Buffer.from(pem.replace(/-----.*?-----/g, ''), 'base64');
  return createHash('sha256').update(der).digest('hex');
}

function call<Result>({ authorization }: Context, zone: string, path: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const url = `${upstream}/zones/${zone}/origin_tls_client_auth${path}`;
    const outgoing = get(url, { agent, headers: { authorization } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        if (answer.statusCode !== 200) return reject(new Error(`Upstream answered ${answer.statusCode}`));
        resolve((JSON.parse(Buffer.concat(chunks).toString()) as { result: Result }).result);
      });
    });
    outgoing.once('error', reject);
  });
}

const documents = new Map<string, DocumentNode>();

/** @throws GraphQLError if the document is not valid */
function documentOf(query: string): DocumentNode {
  const known = documents.get(query);
  if (known) return known;
  const document = parse(query);
  const [error] = validate(schema, document);
  if (error) throw error;
  documents.set(query, document);
  return document;
}

const app = fastify();
app.post<{ Body: { query: string; variables?: Record<string, unknown> } }>(
  '/graphql',
  async (request, reply) => {
    const { query, variables } = request.body;
    try {
      const contextValue: Context = { authorization: request.headers.authorization };
      return await execute({
        schema,
        document: documentOf(query),
        rootValue: root,
        contextValue,
        ...(variables && { variableValues: variables }),
      });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return reply.code(400).send({ errors: [error] });
    }
  },
);
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
