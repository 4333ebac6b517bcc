const groups = '^src/(zone-certificates|hostname-certificates|hostnames|zone-settings|audit-events)/';

/** Imports point one way: resource groups → pipelines → what they stand on → errors, context, config. */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'groups-do-not-know-each-other',
      severity: 'error',
      from: { path: groups },
      to: { path: groups, pathNot: '^src/$1/' },
    },
    {
      name: 'only-the-pipelines-reach-upstream',
      comment: 'Nothing else talks to Cloudflare.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(pipeline|upstream)/' },
      to: { path: '^src/upstream/upstream\\.(client|module)' },
    },
    {
      name: 'ground-knows-nothing-above-it',
      severity: 'error',
      from: { path: '^src/(errors|context|config)/' },
      to: { path: '^src/', pathNot: '^src/(errors|context|config)/' },
    },
    {
      name: 'middle-does-not-know-the-groups',
      severity: 'error',
      from: {
        path: '^src/(upstream|access|pipeline|rest|associations|certificates|x509|health|metrics|logging)/',
      },
      to: { path: groups },
    },
    {
      name: 'gateway-and-sandbox-are-strangers',
      comment: 'The sandbox is no witness if it shares code with what it is to check.',
      severity: 'error',
      from: { path: '^(src|sandbox)/' },
      to: { path: '^(src|sandbox)/', pathNot: '^$1/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
