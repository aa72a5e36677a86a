import type { DependencyType, IConfiguration, ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

/**
 * The arrows between the folders: who may import whom. `test/unit/architecture.test.ts` plants a violation of every rule here.
 *
 * TypeScript 7 has no compiler API that dependency-cruiser could use, so swc parses the sources. It sees type-only and dynamic
 * imports as well; the one form that it overlooks (`import('./x.ts').Name` as a type) is refused by that same test.
 */

/** Node's own modules; dependency-cruiser names them without `node:`. */
const NODE = 'core' satisfies DependencyType;

/** Files that Lambda, the bundler, npm scripts or a vendor’s program find by their path. */
const STARTED_BY_PATH = [
  '^functions/[^/]+[.]lambda[.]ts$',
  '^cdk/(app|lambda-credentials)[.]ts$',
  '^local/(main|make-token|manage-keys)[.]ts$',
  '^container/(browser|cli|index)[.]ts$',
  '^cli/relicense[.]ts$',
  '^table/checkpoint-worker[.]ts$',
];

/** An arrow that is not in the design. `allowed` are the targets that are. */
const arrow = (
  name: string,
  folder: string,
  comment: string,
  allowed: { readonly pathNot: readonly string[]; readonly dependencyTypesNot?: DependencyType[] },
): IForbiddenRuleType => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^${folder}${folder.endsWith('[.]ts') ? '$' : '/'}` },
  to: { ...allowed, pathNot: [`^${folder}/`, ...allowed.pathNot] },
});

/** What every layer of `functions/` may import: what handlers get, and one attempt of a request. */
const SHARED_BASE = '^functions/(dependencies|attempt)[.]ts$';
const RULES = '^(contract|domain|protocol)/';
const PACKAGES = '^node_modules/(?!(aws-cdk-lib|constructs)/)';

/** A layer of `functions/`, and the layers below it that it may import. */
const layer = (name: string, below: readonly string[], comment: string, more: readonly string[] = []) =>
  arrow(`${name}-imports-below`, `functions/${name}`, comment, {
    pathNot: [SHARED_BASE, ...below.map((one) => `^functions/${one}/`), ...more, PACKAGES],
    dependencyTypesNot: [NODE],
  });

export const FORBIDDEN: IForbiddenRuleType[] = [
  arrow('domain-is-pure', 'domain', 'The rules import no package, no Node module and no other folder.', {
    pathNot: [],
  }),
  arrow('protocol-needs-only-jose', 'protocol', 'Server and container share this folder, in any runtime.', {
    pathNot: ['^node_modules/jose/'],
  }),
  arrow(
    'terminal-needs-only-node',
    'terminal',
    'The command lines share this folder. It contains nothing about licenses.',
    {
      pathNot: [],
      dependencyTypesNot: [NODE],
    },
  ),
  arrow('container-can-be-embedded', 'container', 'A vendor ships it with protocol, terminal, jose and Node only.', {
    pathNot: ['^(protocol|terminal)/', '^node_modules/jose/'],
    dependencyTypesNot: [NODE],
  }),
  arrow(
    'contract-is-shared',
    'contract',
    'Separately built parts agree on it, so it imports only the rules and the protocol.',
    {
      pathNot: ['^(domain|protocol)/', '^node_modules/zod/'],
    },
  ),
  arrow('functions-know-no-host', 'functions', 'Handlers run on Lambda, on one machine and in tests alike.', {
    pathNot: [RULES, PACKAGES],
    dependencyTypesNot: [NODE],
  }),
  arrow(
    'base-imports-contract',
    'functions/(dependencies|attempt|environment)[.]ts',
    'Every layer imports these files.',
    {
      pathNot: ['^(contract|domain|protocol)/', PACKAGES],
      dependencyTypesNot: [NODE],
    },
  ),
  layer('store', [], 'The one table: below everything but the rules.', [RULES]),
  layer('use-cases', ['store'], 'Load, decide, commit. They return results, never HTTP answers.', [RULES]),
  layer('api', ['use-cases', 'store'], 'HTTP around the use cases.', [RULES]),
  layer('openapi', [], 'The document is made from the contract alone.', ['^contract/', '^protocol/request-path[.]ts$']),
  layer('aws', [], 'Adapters: AWS behind the interfaces of dependencies.ts.', [
    '^(contract|domain|protocol)/',
    '^functions/environment[.]ts$',
  ]),
  {
    name: 'no-cycle-of-folders',
    comment: 'A folder of functions/ that needs another one is not needed by it.',
    severity: 'error',
    scope: 'folder',
    from: { path: '^functions/' },
    to: { path: '^functions/', circular: true },
  },
  arrow('cdk-reads-data-not-handlers', 'cdk', 'The stack bundles handlers by path and imports only the contract.', {
    pathNot: ['^contract/', '^node_modules/'],
    dependencyTypesNot: [NODE],
  }),
  arrow(
    'local-runs-what-is-deployed',
    'local',
    'The embedded runtime has the stack and the handlers, and no rules of its own.',
    {
      pathNot: ['^(cdk|contract|domain|functions|protocol|table|terminal)/', '^node_modules/'],
      dependencyTypesNot: [NODE],
    },
  ),
  arrow(
    'client-runs-anywhere',
    'client',
    'Node and browsers alike: types of the contract, and the shared HTTP client.',
    {
      pathNot: ['^contract/', '^protocol/(server-address|http-client|request-path|defined)[.]ts$'],
    },
  ),
  {
    name: 'client-takes-types-of-the-contract',
    comment: 'The schemas would bring the server’s validation into every page. The routes are generated.',
    severity: 'error',
    from: { path: '^client/' },
    to: { path: '^contract/', dependencyTypesNot: ['type-only'] },
  },
  arrow(
    'cli-speaks-through-the-client',
    'cli',
    'The vendor’s command line calls the API through the client, verifies evidence, and finds faults in JSON.',
    {
      pathNot: [
        '^(client|terminal)/',
        '^contract/scopes[.]ts$',
        '^protocol/(server-address|defined|content|apply|evidence|parse-json)[.]ts$',
      ],
      dependencyTypesNot: [NODE],
    },
  ),
  arrow('table-knows-no-rules', 'table', 'The embedded table is DynamoDB for any items of these keys.', {
    pathNot: ['^node_modules/@aws-sdk/'],
    dependencyTypesNot: [NODE],
  }),
  arrow('web-speaks-http', 'web', 'The pages speak HTTP through the client, and keep a container in the browser.', {
    pathNot: ['^client/', '^contract/', '^container/browser[.]ts$', '^node_modules/'],
  }),
  {
    name: 'web-takes-types-of-the-contract',
    comment: 'The schemas would bring the server’s validation into every page.',
    severity: 'error',
    from: { path: '^web/' },
    to: { path: '^contract/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'nothing-imports-tests',
    comment: 'What is shipped does not depend on what proves it.',
    severity: 'error',
    from: { pathNot: '^test/' },
    to: { path: '^test/' },
  },
  {
    name: 'shipped-code-needs-no-build-tool',
    comment: 'A development dependency is absent where this code runs. Types are gone by then.',
    severity: 'error',
    from: { path: '^(contract|domain|protocol|terminal|container|functions|client|cli)/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-undeclared-package',
    comment: 'A package that is only there because another one needs it can be gone tomorrow.',
    severity: 'error',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-unresolvable',
    comment: 'The imported file or package does not exist.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-cycle',
    comment: 'Two modules that need each other are one module.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-orphan',
    comment: 'A file that imports nothing and that nothing imports is forgotten.',
    severity: 'error',
    from: {
      orphan: true,
      pathNot: ['^([.]dependency-cruiser|web/css[.]d|web/vite[.]config)[.]ts$', ...STARTED_BY_PATH],
    },
    to: {},
  },
  {
    name: 'no-dead-module',
    comment: 'Only tests import it: nobody runs it.',
    severity: 'error',
    module: {
      path: '^(contract|domain|protocol|terminal|container|functions|client|cli|cdk|local|table)/',
      pathNot: STARTED_BY_PATH,
      numberOfDependentsLessThan: 1,
    },
    from: { pathNot: '^test/' },
  },
];

export const OPTIONS: ICruiseOptions = {
  parser: 'swc',
  doNotFollow: { path: '^node_modules/' },
  // Anchored: packages have folders of these names, too, and an excluded file is no violation. The examples import packages.
  exclude: { path: '^(web/)?(examples|cdk[.]out|dist|coverage|reports|[.]stryker-tmp|[.]relicense)/' },
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['import', 'node', 'default', 'types'],
    extensions: ['.ts', '.mts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    mainFields: ['module', 'main', 'types'],
  },
};

export default { forbidden: FORBIDDEN, options: OPTIONS } satisfies IConfiguration;
