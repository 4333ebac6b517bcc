/** The part of the gateway's schema that is measured. `hint` is put behind each type, for directives. */
export const typeDefs = (hint = '') => `
  type Query { zone(id: ID!): Zone ${hint} }
  type Zone ${hint} {
    id: ID!
    settings: ZoneSettings
    certificates: [ZoneCertificate!]
    hostnameCertificates: [HostnameCertificate!]
    hostname(name: String!): Hostname
  }
  type ZoneSettings ${hint} { enabled: Boolean }
  type Hostname ${hint} { name: String! }
  enum DeploymentStatus {
    ACTIVE DELETED DELETION_TIMED_OUT DEPLOYMENT_TIMED_OUT INITIALIZING PENDING_DELETION PENDING_DEPLOYMENT UNKNOWN
  }
  type ZoneCertificate ${hint} {
    cloudflareId: ID!
    status: DeploymentStatus!
    pem: String
    issuer: String
    signature: String
    expiresOn: String
    uploadedOn: String
  }
  type HostnameCertificate ${hint} {
    cloudflareId: ID!
    status: DeploymentStatus!
    pem: String
    issuer: String
    serialNumber: String
    signature: String
    expiresOn: String
    uploadedOn: String
  }
`;

/** @param read calls Cloudflare: `(context, path) => result` */
export const resolvers = (read) => ({
  Query: { zone: (_, { id }) => ({ id }) },
  Zone: {
    settings: ({ id }, _, context) => read(context, pathOf(id, '/settings')),
    certificates: async ({ id }, _, context) => certificates(await read(context, pathOf(id, ''))),
    hostnameCertificates: async ({ id }, _, context) =>
      certificates(await read(context, pathOf(id, '/hostnames/certificates'))),
    hostname: ({ id }, { name }, context) =>
      read(context, pathOf(id, `/hostnames/${encodeURIComponent(name)}`)),
  },
});

const pathOf = (zone, path) => `zones/${encodeURIComponent(zone)}/origin_tls_client_auth${path}`;

/** A list in GraphQL's terms, made once for each answer that is read. */
const certificates = (list) =>
  (list ?? []).map((wire) => ({
    cloudflareId: wire.id,
    status: wire.status.toUpperCase(),
    pem: wire.certificate,
    issuer: wire.issuer,
    serialNumber: wire.serial_number,
    signature: wire.signature,
    expiresOn: wire.expires_on,
    uploadedOn: wire.uploaded_on,
  }));
