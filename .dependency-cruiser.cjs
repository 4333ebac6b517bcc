/** From the ground up. A file imports from its own floor or from one below it. */
const floors = ['platform', 'domain', 'gateway', 'api', 'resources'];

const groups =
  '^src/resources/(zone-certificates|hostname-certificates|hostnames|zone-settings|audit-events)/';

const spec = '\\.spec\\.ts$';

const floorRules = floors.slice(0, -1).map((floor, index) => ({
  name: `${floor}-knows-no-floor-above`,
  severity: 'error',
  from: { path: `^src/${floor}/`, pathNot: spec },
  to: { path: `^src/(?:${floors.slice(index + 1).join('|')})/|^src/[^/]+$` },
}));

/** A package that only one room of the gateway uses. */
const confined = (name, room) => ({
  name: `${name}-is-confined`,
  severity: 'error',
  from: { path: '^src/', pathNot: `${room}|${spec}` },
  to: { path: `^(node_modules/)?(@types/)?${name}(/|$)` },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-cycle-of-folders',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src(/|$)' },
      to: { circular: true },
    },
    ...floorRules,
    {
      name: 'resource-groups-do-not-know-each-other',
      severity: 'error',
      from: { path: groups },
      to: { path: groups, pathNot: '^src/resources/$1/' },
    },
    {
      name: 'shared-parts-of-resources-know-no-group',
      severity: 'error',
      from: { path: '^src/resources/(associations|certificates|zone)/' },
      to: { path: groups },
    },
    {
      name: 'only-the-pipelines-reach-upstream',
      comment: 'Nothing else calls Cloudflare.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/gateway/(pipeline|upstream)/' },
      to: { path: '^src/gateway/upstream/(transport|policies/)' },
    },
    {
      name: 'only-access-reads-the-headers-of-clients',
      comment: 'The other rooms of the gateway know a `Client` and an `Identity`.',
      severity: 'error',
      from: { path: '^src/gateway/', pathNot: `^src/gateway/access/|${spec}` },
      to: { path: '^src/gateway/access/', pathNot: '/(access-policy|access\\.module)\\.ts$' },
    },
    {
      name: 'the-running-gateway-removes-no-audit-records',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/gateway/audit/tools/' },
      to: { path: '^src/gateway/audit/[^/]+/archive\\.ts$' },
    },
    {
      name: 'faces-do-not-know-the-http-edge',
      severity: 'error',
      from: { path: '^src/api/(rest|graphql)/' },
      to: { path: '^src/api/http/' },
    },
    confined('got', '^src/gateway/upstream/'),
    confined('ioredis', '^src/platform/redis/'),
    confined('pg', '^src/gateway/audit/'),
    confined('node:sqlite', '^src/gateway/audit/'),
    {
      name: 'gateway-and-sandbox-share-no-code',
      comment: 'The sandbox cannot check the gateway with code of the gateway.',
      severity: 'error',
      from: { path: '^(src|sandbox)/' },
      to: { path: '^(src|sandbox)/', pathNot: '^$1/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^src/', pathNot: spec },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // A spec may stand in any folder, and take its helpers from `test/`.
    exclude: { path: spec },
  },
};
