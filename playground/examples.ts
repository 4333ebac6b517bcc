/** The zone and the certificate of Cloudflare's examples, which the sandbox has too. */
const zone = '023e105f4ecef8ad9ca31a8372d0c353';
const certificate = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';

export interface Example {
  readonly query: string;
  /** JSON */
  readonly variables: string;
}

/** The tabs that the playground opens with. Each has the name of its operation. */
export const examples: readonly Example[] = [
  example(
    { zone },
    `# The whole picture of a zone, in one request.
# Ctrl-Enter runs it, Ctrl-Space offers more.
query ZoneOverview($zone: ID!) {
  zone(id: $zone) {
    settings {
      enabled
    }
    certificates {
      id
      status
      expiresOn
    }
    hostnameCertificates {
      id
      status
      expiresOn
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
  ),
  example(
    {
      input: {
        zoneId: zone,
        certificate: '-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n',
        privateKey: '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n',
      },
    },
    `# This makes a certificate that can be tried:
#   openssl req -x509 -newkey rsa:2048 -nodes \\
#     -subj /CN=origin-pull -days 90 \\
#     -addext basicConstraints=critical,CA:FALSE \\
#     -addext extendedKeyUsage=clientAuth \\
#     -keyout leaf.key -out leaf.pem
# Certificate and key go into the variables below;
# \`jq -Rs . leaf.key\` prints a file as they need it.
# A reload of this page forgets both.
mutation UploadZoneCertificate($input: UploadCertificateInput!) {
  uploadZoneCertificate(input: $input) {
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
`,
  ),
  example(
    { zone, first: 10, after: null },
    `# Every hostname with its certificate, page by page:
# \`after\` takes the endCursor of the page before.
query Hostnames($zone: ID!, $first: Int, $after: String) {
  zone(id: $zone) {
    hostnames(first: $first, after: $after) {
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
  ),
  example(
    {
      input: {
        zoneId: zone,
        changes: [{ hostname: 'app.example.com', certificateId: certificate, action: 'ENABLE' }],
      },
    },
    `# ENABLE shows the certificate for the hostname,
# DISABLE shows none, VOID undoes the association.
mutation UpdateHostnames($input: UpdateHostnamesInput!) {
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
  ),
  example(
    { zone, first: 10, filter: {} },
    `# Who changed what in the zone through this gateway, newest first.
# { "incomplete": true } as the filter: what was begun and has no outcome.
query AuditEvents($zone: ID!, $first: Int!, $filter: AuditEventFilter) {
  auditEvents(zoneId: $zone, first: $first, filter: $filter) {
    nodes {
      ts
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
`,
  ),
];

function example(variables: object, query: string): Example {
  return { query, variables: JSON.stringify(variables, null, 2) };
}
