const groups = '^src/(zone-certificates|hostname-certificates|hostnames|zone-settings|audit-events)/';

/** A package that only one room of the gateway uses. */
const confined = (name, room) => ({
  name: `${name}-is-confined`,
  severity: 'error',
  from: { path: '^src/', pathNot: `${room}|\\.spec\\.ts$` },
  to: { path: `^(node_modules/)?(@types/)?${name}(/|$)` },
});

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
      name: 'faces-do-not-know-the-http-edge',
      severity: 'error',
      from: { path: '^src/(rest|graphql)/' },
      to: { path: '^src/http/' },
    },
    confined('got', '^src/upstream/'),
    confined('ioredis', '^src/(redis|cache)/'),
    confined('pg', '^src/audit/'),
    confined('node:sqlite', '^src/audit/'),
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
