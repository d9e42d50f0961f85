// apps → src → libs, one way, through each folder's index (docs/decisions/0002-one-way-imports.md).
const stages =
  'ingest|vault|projections|training|datasets|unlearning|requests|certification|ledger|witness|serving|explorer|engine|access|self-service|recipients|standards|letters|register';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'libs-are-pure',
      comment: 'libs run in the browser and in the offline verifier: no Nest, no I/O, no Node built-ins',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.spec\\.ts$|^libs/testkit/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'libs-know-no-framework',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.spec\\.ts$|^libs/testkit/' },
      to: { path: 'node_modules/(@nestjs|typeorm|better-sqlite3|piscina|class-validator|pino)' },
    },
    {
      name: 'libs-import-only-libs',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(src|apps|test)/' },
    },
    {
      name: 'src-never-imports-apps',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(apps|test)/' },
    },
    {
      name: 'platform-knows-no-stage',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(?!platform/)' },
    },
    {
      name: 'a-stage-never-imports-a-sibling',
      severity: 'error',
      from: { path: `^src/(${stages})/`, pathNot: '\\.spec\\.ts$' },
      to: { path: `^src/(${stages})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'libs-through-the-front-door',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/([^/]+)/', pathNot: ['^libs/$1/', '^libs/[^/]+/index\\.ts$'] },
    },
    {
      name: 'front-door',
      severity: 'error',
      from: { path: '^(apps|src)/' },
      to: { path: '^libs/', pathNot: '^libs/[^/]+/index\\.ts$' },
    },
    {
      name: 'stages-through-the-front-door',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^src/', pathNot: '^src/(platform/[^/]+|[^/]+(/(http|queue|esdb))?)/index\\.ts$' },
    },
    {
      name: 'routes-have-a-door-of-their-own',
      comment:
        'what a stage does is loaded without Nest; its routes are behind its http/index.ts, which only the api opens',
      severity: 'error',
      from: { path: '^(src|apps)/', pathNot: '\\.spec\\.ts$|^apps/api/|^src/.+/http/' },
      to: { path: '^src/.+/http/|node_modules/@nestjs/' },
    },
    {
      name: 'drivers-on-demand',
      comment: 'a client of another machine, and what needs it, is loaded where a setting names that machine',
      severity: 'error',
      from: {
        path: '^(src|apps)/',
        pathNot:
          '\\.spec\\.ts$|/(queue|esdb)/|^apps/worker/|^src/access/(host-tokens|identity-provider)|^src/platform/object-store/(open-bucket|s3-)|^src/vault/kek/aws-kms-wrapper',
      },
      to: {
        path: '^src/(training/queue|event-store/esdb)/index|node_modules/(bullmq|ioredis|@eventstore|@aws-sdk|jose|openid-client)/',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'testkit-only-in-tests',
      severity: 'error',
      from: { path: '^(apps|src|libs)/', pathNot: '\\.spec\\.ts$|^libs/testkit/' },
      to: { path: '^libs/testkit/' },
    },
    {
      name: 'the-verifier-stays-light',
      comment: 'no Nest, no ORM in the offline verifier',
      severity: 'error',
      from: { path: '^apps/verifier/', pathNot: '\\.spec\\.ts$' },
      to: { path: 'node_modules/(@nestjs|typeorm)', reachable: true },
    },
    {
      name: 'the-portal-runs-in-a-browser',
      comment: 'it imports libs and itself; what the server knows comes over HTTP (libs/portal-contract)',
      severity: 'error',
      from: { path: '^apps/portal/', pathNot: '\\.spec\\.ts$|vite\\.config' },
      to: { path: '^(src|apps/(?!portal/)|test|tools)/' },
    },
    {
      name: 'the-portal-needs-no-node',
      severity: 'error',
      from: { path: '^apps/portal/', pathNot: '\\.spec\\.ts$|vite\\.config' },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-the-portal',
      comment: 'it is built by itself, and served as files',
      severity: 'error',
      from: { path: '^(src|libs|apps/(?!portal/))' },
      to: { path: '^apps/portal/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency',
      comment: 'types vanish when the program is compiled; the portal is bundled with all it needs',
      severity: 'error',
      from: {
        path: '^(apps|src|libs)/',
        pathNot: '\\.spec\\.ts$|^libs/testkit/|^libs/kernels/assembly/|^apps/portal/',
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist|^libs/kernels/assembly' },
    tsConfig: { fileName: 'tsconfig.arch.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
