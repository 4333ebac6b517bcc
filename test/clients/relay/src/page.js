const { createElement: h, Suspense } = require('react');
const { graphql, useLazyLoadQuery, usePaginationFragment, useRefetchableFragment } = require('react-relay');

const zoneQuery = graphql`
  query pageZoneQuery($zone: ID!) {
    zone(id: $zone) {
      settings {
        enabled
      }
      certificates {
        id
        ...page_certificate
      }
      ...page_hostnames
    }
  }
`;

const hostnamesFragment = graphql`
  fragment page_hostnames on Zone
  @refetchable(queryName: "pageHostnamesQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, after: { type: "String" }) {
    hostnames(first: $count, after: $after) @connection(key: "Zone_hostnames") {
      totalCount
      edges {
        node {
          id
          ...page_hostname
        }
      }
    }
  }
`;

const hostnameFragment = graphql`
  fragment page_hostname on Hostname @refetchable(queryName: "pageHostnameQuery") {
    name
    enabled
    certificate {
      status
    }
  }
`;

const certificateFragment = graphql`
  fragment page_certificate on ZoneCertificate @refetchable(queryName: "pageCertificateQuery") {
    status
    inUse {
      isInUse
    }
  }
`;

exports.updateHostnames = graphql`
  mutation pageUpdateHostnamesMutation($input: UpdateHostnamesInput!) {
    updateHostnames(input: $input) {
      zone {
        ...page_hostnames
      }
      userErrors {
        message
      }
    }
  }
`;

exports.deleteZoneCertificate = graphql`
  mutation pageDeleteZoneCertificateMutation($input: DeleteCertificateInput!) {
    deleteZoneCertificate(input: $input) {
      deletedId
      zone {
        certificates {
          id
          ...page_certificate
        }
      }
      userErrors {
        message
      }
    }
  }
`;

/** Shows a zone. `controls` gets what a person could press. */
exports.Page = function Page({ zone, controls }) {
  return h(Suspense, { fallback: null }, h(Zone, { zone, controls }));
};

function Zone({ zone: id, controls }) {
  const { zone } = useLazyLoadQuery(zoneQuery, { zone: id });
  return [
    h('settings', { key: 'settings', enabled: zone.settings.enabled }),
    ...zone.certificates.map((each) => h(Certificate, { key: each.id, certificate: each, controls })),
    h(Hostnames, { key: 'hostnames', zone, controls }),
  ];
}

function Hostnames({ zone, controls }) {
  const { data, hasNext, loadNext } = usePaginationFragment(hostnamesFragment, zone);
  controls.loadNext = () => loadNext(2);
  const { totalCount, edges } = data.hostnames;
  const shown = edges.map(({ node }) => h(Hostname, { key: node.id, hostname: node, controls }));
  return h('hostnames', { totalCount, hasNext }, shown);
}

function Hostname({ hostname, controls }) {
  const [{ name, enabled, certificate }, refetch] = useRefetchableFragment(hostnameFragment, hostname);
  controls[name] = () => refetch({}, { fetchPolicy: 'network-only' });
  return h('hostname', { name, enabled, certificate: certificate.status });
}

function Certificate({ certificate, controls }) {
  const [{ status, inUse }, refetch] = useRefetchableFragment(certificateFragment, certificate);
  controls.certificate = () => refetch({}, { fetchPolicy: 'network-only' });
  return h('certificate', { status, isInUse: inUse.isInUse });
}
