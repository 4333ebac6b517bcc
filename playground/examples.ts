/** The zone and a certificate of the sandbox. The zone is that of Cloudflare's own examples. */
const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
const certificateId = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';

export interface Example {
  readonly group: 'Read' | 'Change';
  /** Says in a few words what it does. */
  readonly title: string;
  /** The name of its operation, and so the title of its tab. */
  readonly name: string;
  readonly query: string;
  /** JSON */
  readonly variables: string;
  /** Headers beside the credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the data of its answer has what the variables of other examples need, by the name of their member. */
  readonly gives: Readonly<Record<string, readonly string[]>>;
}

/** Operations that take the text of a certificate or key file. */
export const takesFiles = /\b(?:UploadCertificateInput|PrivateKey)\b/;

/** The members of `input` that take a file, with the name of the button that fills them. */
export const fileMembers = { certificate: 'Certificate file', privateKey: 'Key file' } as const;

export const examples: readonly Example[] = [
  example({
    group: 'Read',
    title: 'A zone at a glance',
    variables: { zoneId },
    query: `# The whole picture of a zone, in one request.
# Ctrl-Enter runs it, Ctrl-Space offers more.
query ZoneOverview($zoneId: ID!) {
  zone(id: $zoneId) {
    settings {
      enabled
    }
    globalLevel {
      enabled
    }
    certificates {
      cloudflareId
      status
      daysLeft
    }
    hostnameCertificates {
      cloudflareId
      status
      daysLeft
      hostnames {
        name
      }
    }
    hostnames(first: 10) {
      totalCount
      nodes {
        name
        enabled
        status
      }
    }
  }
}
`,
  }),
  example({
    group: 'Read',
    title: 'Hostnames, page by page',
    variables: { zoneId, first: 2 },
    gives: { after: ['zone', 'hostnames', 'pageInfo', 'endCursor'] },
    query: `# Hostnames and their certificates, two to a page. The endCursor of the answer goes into the example of the next page.
query Hostnames($zoneId: ID!, $first: Int!) {
  zone(id: $zoneId) {
    hostnames(first: $first) {
      totalCount
      nodes {
        name
        enabled
        status
        certificate {
          id
          status
          expiresOn
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
  }),
  example({
    group: 'Read',
    title: 'Hostnames, the next page',
    variables: { zoneId, first: 2, after: null },
    query: `# \`after\` is the endCursor of the page before. The example Hostnames, when it is run, fills it in; null is the first page.
query NextHostnames($zoneId: ID!, $first: Int!, $after: String) {
  zone(id: $zoneId) {
    hostnames(first: $first, after: $after) {
      nodes {
        name
        enabled
        status
      }
      pageInfo {
        hasPreviousPage
        hasNextPage
        endCursor
      }
    }
  }
}
`,
  }),
  example({
    group: 'Read',
    title: 'What came from the cache',
    variables: { zoneId },
    headers: { 'X-Cache-Extensions': 'on' },
    query: `# Run it twice: \`extensions.cache\` counts a miss, and then a hit, since answers of Cloudflare are kept for some seconds.
# The header X-Cache-Extensions, under Headers, asks for this count.
query CacheCounts($zoneId: ID!) {
  zone(id: $zoneId) {
    settings {
      enabled
    }
  }
}
`,
  }),
  example({
    group: 'Read',
    title: 'Who changed what',
    variables: { zoneId, first: 10, filter: {} },
    query: `# Who changed what in the zone through this gateway, newest first.
# { "incomplete": true } as the filter: what was begun and has no outcome.
query AuditEvents($zoneId: ID!, $first: Int!, $filter: AuditEventFilter) {
  zone(id: $zoneId) {
    auditEvents(first: $first, filter: $filter) {
      nodes {
        at
        stage
        action
        actor {
          identity
        }
        result {
          status
          httpStatus
          cfRay
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
  }),
  example({
    group: 'Change',
    title: 'Upload a certificate',
    variables: { input: { zoneId, certificate: '<certificate file>', privateKey: '<key file>' } },
    gives: { certificateId: ['uploadHostnameCertificate', 'certificate', 'id'] },
    query: `# The two buttons beside Headers choose the files. They are read when the request is sent, and their text is forgotten with the answer.
# uploadZoneCertificate takes the same, for all hostnames of the zone.
mutation UploadHostnameCertificate($input: UploadCertificateInput!) {
  uploadHostnameCertificate(input: $input) {
    certificate {
      id
      status
      expiresOn
      fingerprintSha256
    }
    warnings {
      code
      message
    }
    userErrors {
      code
      message
      field
    }
  }
}
# This makes a certificate that can be tried:
#   openssl req -x509 -newkey rsa:2048 -nodes \\
#     -subj /CN=origin-pull -days 90 \\
#     -addext basicConstraints=critical,CA:FALSE \\
#     -addext extendedKeyUsage=clientAuth \\
#     -keyout leaf.key -out leaf.pem
`,
  }),
  example({
    group: 'Change',
    title: 'Associate a hostname with it',
    variables: updateOf('ENABLE'),
    query: `# Cloudflare shows this certificate for this hostname. The example of uploads, when it is run, fills in its certificate.
# The action DISABLE shows none.
mutation AssociateHostname($input: UpdateHostnamesInput!) {
  updateHostnames(input: $input) {
    hostnames {
      name
      enabled
      status
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
  }),
  example({
    group: 'Change',
    title: 'Void the association',
    variables: updateOf('VOID'),
    query: `# The hostname goes back to the setting of the zone. When the void has ended, the certificate can be deleted.
mutation VoidHostname($input: UpdateHostnamesInput!) {
  updateHostnames(input: $input) {
    hostnames {
      name
      enabled
      status
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
  }),
  example({
    group: 'Change',
    title: 'Delete a certificate',
    variables: { input: { zoneId, certificateId } },
    query: `# Refused while a hostname uses the certificate: userErrors says which one, and what to do.
# deleteZoneCertificate takes the same.
mutation DeleteHostnameCertificate($input: DeleteCertificateInput!) {
  deleteHostnameCertificate(input: $input) {
    certificate {
      id
      status
    }
    userErrors {
      code
      message
      field
    }
  }
}
`,
  }),
];

type Parts = Pick<Example, 'group' | 'title' | 'query'> &
  Partial<Pick<Example, 'headers' | 'gives'>> & { readonly variables: object };

function example({ variables, query, headers = {}, gives = {}, ...more }: Parts): Example {
  const [, name = ''] = /^(?:query|mutation) (\w+)/m.exec(query) ?? [];
  return { ...more, name, query, variables: JSON.stringify(variables, null, 2), headers, gives };
}

function updateOf(action: 'ENABLE' | 'VOID'): object {
  return { input: { zoneId, changes: [{ certificateId, hostname: 'app.example.com', action }] } };
}
