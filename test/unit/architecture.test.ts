import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { FORBIDDEN, OPTIONS } from '../../.dependency-cruiser.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Runs the project's rules over the sources below `folder`; the violations as `rule: file`, sorted, once each. */
async function inspect(folder: string): Promise<{ modules: readonly string[]; violations: string[] }> {
  const { output } = await cruise(['.'], {
    ...OPTIONS,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: FORBIDDEN },
  });
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output}`);
  return {
    modules: output.modules.map(({ source }) => source),
    violations: [...new Set(output.summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`))].sort(),
  };
}

function plant(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const packageFiles = (name: string) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
  }),
  [`node_modules/${name}/index.js`]: 'export const value = 1;\n',
});

/** The smallest tree that has every folder and every allowed arrow. */
const SOUND_TREE: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'planted',
    type: 'module',
    dependencies: { jose: '1.0.0', zod: '1.0.0', 'aws-cdk-lib': '1.0.0' },
    devDependencies: { 'build-tool': '1.0.0' },
  }),
  ...packageFiles('jose'),
  ...packageFiles('zod'),
  ...packageFiles('aws-cdk-lib'),
  ...packageFiles('build-tool'),
  ...packageFiles('stowaway'),
  'domain/rules.ts': "export { rule } from './rule.ts';\n",
  'domain/rule.ts': 'export const rule = 1;\n',
  'protocol/index.ts': "export { value } from 'jose';\n",
  'protocol/server-address.ts': 'export const readServer = 1;\n',
  'protocol/http-client.ts': 'export const sendRequest = 1;\n',
  'protocol/defined.ts': 'export const defined = 1;\n',
  'terminal/text.ts': "export { styleText as shown } from 'node:util';\n",
  'container/index.ts':
    "import 'node:fs';\nimport 'jose';\nimport '../terminal/text.ts';\nimport '../protocol/http-client.ts';\nexport { value } from '../protocol/index.ts';\n",
  'contract/endpoints.ts':
    "import 'zod';\nimport '../domain/rule.ts';\nimport '../protocol/index.ts';\nexport const ENDPOINTS = [];\n",
  'contract/scopes.ts': 'export const SCOPES = [];\n',
  'functions/dependencies.ts': "import '../contract/scopes.ts';\nexport const dependencies = 1;\n",
  'functions/store/keys.ts':
    "import 'node:crypto';\nimport 'zod';\nimport '../dependencies.ts';\nexport { ENDPOINTS } from '../../contract/endpoints.ts';\n",
  'functions/use-cases/orders/deliver.ts':
    "import '../../dependencies.ts';\nexport { ENDPOINTS } from '../../store/keys.ts';\n",
  'functions/api/route.ts': "import '../store/keys.ts';\nexport { ENDPOINTS } from '../use-cases/orders/deliver.ts';\n",
  'functions/openapi/document.ts': "export { ENDPOINTS } from '../../contract/endpoints.ts';\n",
  'functions/aws/signer.ts': "export { dependencies } from '../dependencies.ts';\n",
  'functions/vendor.lambda.ts':
    "import 'node:crypto';\nimport 'zod';\nimport '../protocol/index.ts';\nimport './api/route.ts';\nimport './aws/signer.ts';\n" +
    "import './openapi/document.ts';\nexport { rule } from '../domain/rules.ts';\n",
  'cdk/app.ts':
    "import 'node:path';\nimport 'build-tool';\nimport 'aws-cdk-lib';\nexport { stack } from './stack.ts';\n",
  'cdk/stack.ts': "export { ENDPOINTS as stack } from '../contract/endpoints.ts';\n",
  'local/main.ts':
    "import 'node:http';\nimport 'build-tool';\nimport '../cdk/stack.ts';\nimport '../protocol/index.ts';\n" +
    "import '../functions/vendor.lambda.ts';\n",
  'client/index.ts':
    "import type { ENDPOINTS } from '../contract/endpoints.ts';\n" +
    "import '../protocol/http-client.ts';\nimport '../protocol/defined.ts';\nexport { readServer } from '../protocol/server-address.ts';\n",
  'cli/relicense.ts':
    "import 'node:fs';\nimport '../terminal/text.ts';\nimport '../contract/scopes.ts';\nimport '../client/index.ts';\n" +
    "import '../protocol/defined.ts';\n",
  'web/page.ts':
    "import 'zod';\nimport type { ENDPOINTS } from '../contract/endpoints.ts';\nimport '../client/index.ts';\n",
  'test/harness/rig.ts': "export { rule } from '../../domain/rule.ts';\n",
};

/** Files that break a rule, and what must be reported for them. */
const PLANTED: readonly { fact: string; files: Record<string, string>; reported: string[] }[] = [
  {
    fact: 'contract/ imports functions/',
    files: {
      'contract/other.ts': "export { ENDPOINTS } from '../functions/store/keys.ts';\n",
      'test/unit/other.test.ts': "import '../../contract/other.ts';\n",
      'cdk/stack.ts': "import '../contract/other.ts';\nexport const stack = 1;\n",
    },
    reported: ['contract-is-shared: contract/other.ts'],
  },
  ...[
    { from: 'store', target: 'aws/signer.ts' },
    { from: 'use-cases', target: 'api/route.ts' },
    { from: 'use-cases', target: 'openapi/document.ts' },
    { from: 'api', target: 'openapi/document.ts' },
    { from: 'api', target: 'aws/signer.ts' },
    { from: 'openapi', target: 'store/keys.ts' },
    { from: 'openapi', target: 'use-cases/orders/deliver.ts' },
    { from: 'aws', target: 'store/keys.ts' },
    { from: 'aws', target: 'api/route.ts' },
  ].map(({ from, target }) => ({
    fact: `functions/${from}/ imports functions/${target}`,
    files: {
      [`functions/${from}/planted.ts`]: `export * from '../${target}';\n`,
      'functions/depot.lambda.ts': `import './${from}/planted.ts';\n`,
    },
    reported: [`${from}-imports-below: functions/${from}/planted.ts`],
  })),
  {
    fact: 'functions/openapi/ imports domain/',
    files: { 'functions/openapi/document.ts': "export { rule as ENDPOINTS } from '../../domain/rule.ts';\n" },
    reported: ['openapi-imports-below: functions/openapi/document.ts'],
  },
  {
    fact: 'functions/dependencies.ts imports the store',
    files: {
      'functions/dependencies.ts': "import './store/packages.ts';\nexport const dependencies = 1;\n",
      'functions/store/packages.ts': "export { value } from 'jose';\n",
    },
    reported: ['base-imports-contract: functions/dependencies.ts'],
  },
  {
    fact: 'functions/store/ imports functions/use-cases/, which imports it',
    files: {
      'functions/store/planted.ts': "export * from '../use-cases/orders/deliver.ts';\n",
      'functions/depot.lambda.ts': "import './store/planted.ts';\n",
    },
    reported: [
      'no-cycle-of-folders: functions/store',
      'no-cycle-of-folders: functions/use-cases/orders',
      'store-imports-below: functions/store/planted.ts',
    ],
  },
  {
    fact: 'functions/store/ imports functions/api/',
    files: {
      'functions/store/planted.ts': "export * from '../api/route.ts';\n",
      'functions/depot.lambda.ts': "import './store/planted.ts';\n",
    },
    reported: [
      'no-cycle-of-folders: functions/api',
      'no-cycle-of-folders: functions/store',
      'no-cycle-of-folders: functions/use-cases/orders',
      'store-imports-below: functions/store/planted.ts',
    ],
  },
  {
    fact: 'two folders of functions/use-cases/ need each other, by different files',
    files: {
      'functions/use-cases/licenses/first.ts': "export { ENDPOINTS } from '../orders/deliver.ts';\n",
      'functions/use-cases/orders/second.ts': "export { ENDPOINTS } from '../licenses/third.ts';\n",
      'functions/use-cases/licenses/third.ts': "export { ENDPOINTS } from '../../store/keys.ts';\n",
      'functions/depot.lambda.ts': "import './use-cases/licenses/first.ts';\nimport './use-cases/orders/second.ts';\n",
    },
    reported: ['no-cycle-of-folders: functions/use-cases/licenses', 'no-cycle-of-folders: functions/use-cases/orders'],
  },
  {
    fact: 'domain/ imports a Node module',
    files: { 'domain/rule.ts': "import 'node:crypto';\nexport const rule = 1;\n" },
    reported: ['domain-is-pure: domain/rule.ts'],
  },
  {
    fact: 'domain/ imports a package',
    files: { 'domain/rule.ts': "import 'zod';\nexport const rule = 1;\n" },
    reported: ['domain-is-pure: domain/rule.ts'],
  },
  {
    fact: 'domain/ imports only a type from contract/',
    files: {
      'domain/rule.ts':
        "import type { SCOPES } from '../contract/scopes.ts';\nexport const rule: typeof SCOPES = [];\n",
    },
    reported: ['domain-is-pure: domain/rule.ts'],
  },
  {
    fact: 'protocol/ imports a Node module',
    files: { 'protocol/index.ts': "import 'node:crypto';\nexport { value } from 'jose';\n" },
    reported: ['protocol-needs-only-jose: protocol/index.ts'],
  },
  {
    fact: 'protocol/ imports another package',
    files: { 'protocol/index.ts': "import 'zod';\nexport { value } from 'jose';\n" },
    reported: ['protocol-needs-only-jose: protocol/index.ts'],
  },
  {
    fact: 'protocol/ imports domain/',
    files: { 'protocol/index.ts': "export { rule as value } from '../domain/rule.ts';\n" },
    reported: ['protocol-needs-only-jose: protocol/index.ts'],
  },
  {
    fact: 'container/ imports domain/',
    files: { 'container/index.ts': "export { rule } from '../domain/rule.ts';\n" },
    reported: ['container-can-be-embedded: container/index.ts'],
  },
  {
    fact: 'container/ imports another package, when it is needed',
    files: { 'container/index.ts': "export const value = () => import('zod');\n" },
    reported: ['container-can-be-embedded: container/index.ts'],
  },
  {
    fact: 'terminal/ imports a package',
    files: { 'terminal/text.ts': "export { value as shown } from 'jose';\n" },
    reported: ['terminal-needs-only-node: terminal/text.ts'],
  },
  {
    fact: 'terminal/ imports domain/',
    files: { 'terminal/text.ts': "export { rule as shown } from '../domain/rule.ts';\n" },
    reported: ['terminal-needs-only-node: terminal/text.ts'],
  },
  ...['cdk/stack.ts', 'local/main.ts', 'web/page.ts', 'container/index.ts', 'terminal/text.ts'].map((target) => ({
    fact: `functions/ imports ${target}`,
    files: {
      'functions/depot.lambda.ts': `import '../${target}';\n`,
      // The sound tree has the arrows in the other direction, which would be cycles on top.
      'cdk/stack.ts': 'export const stack = 1;\n',
      'cdk/app.ts': "export { stack } from './stack.ts';\n",
    },
    reported: ['functions-know-no-host: functions/depot.lambda.ts'],
  })),
  {
    fact: 'functions/ imports the construct library',
    files: { 'functions/depot.lambda.ts': "import 'aws-cdk-lib';\n" },
    reported: ['functions-know-no-host: functions/depot.lambda.ts'],
  },
  {
    fact: 'cdk/ imports a handler',
    files: { 'cdk/stack.ts': "import '../functions/vendor.lambda.ts';\nexport const stack = 1;\n" },
    reported: ['cdk-reads-data-not-handlers: cdk/stack.ts'],
  },
  {
    fact: 'cdk/ imports domain/',
    files: { 'cdk/stack.ts': "export { rule as stack } from '../domain/rule.ts';\n" },
    reported: ['cdk-reads-data-not-handlers: cdk/stack.ts'],
  },
  {
    fact: 'the embedded table imports a rule',
    files: { 'table/table.ts': "import '../domain/rule.ts';\n", 'local/main.ts': "import '../table/table.ts';\n" },
    reported: ['table-knows-no-rules: table/table.ts'],
  },
  {
    fact: 'local/ imports the container',
    files: { 'local/main.ts': "import '../container/index.ts';\n" },
    reported: ['local-runs-what-is-deployed: local/main.ts'],
  },
  ...["import 'node:fs'", "import 'zod'", "import '../terminal/text.ts'", "import '../protocol/index.ts'"].map(
    (line) => ({
      fact: `client/ says ${line}`,
      files: { 'client/index.ts': `${line};\nexport { readServer } from '../protocol/server-address.ts';\n` },
      reported: ['client-runs-anywhere: client/index.ts'],
    }),
  ),
  {
    fact: 'client/ imports a handler, be it for its types',
    files: {
      'client/index.ts':
        "import type { rule } from '../functions/vendor.lambda.ts';\nexport { readServer } from '../protocol/server-address.ts';\n",
    },
    reported: ['client-runs-anywhere: client/index.ts'],
  },
  {
    fact: 'client/ imports the contract itself',
    files: {
      'client/index.ts':
        "import '../contract/endpoints.ts';\nimport '../protocol/http-client.ts';\nimport '../protocol/defined.ts';\nexport { readServer } from '../protocol/server-address.ts';\n",
    },
    reported: ['client-takes-types-of-the-contract: client/index.ts'],
  },
  ...["import 'zod'", "import '../contract/endpoints.ts'", "import '../container/index.ts'"].map((line) => ({
    fact: `cli/ says ${line}`,
    files: { 'cli/relicense.ts': `${line};\nimport '../client/index.ts';\n` },
    reported: ['cli-speaks-through-the-client: cli/relicense.ts'],
  })),
  {
    fact: 'web/ imports the contract itself',
    files: { 'web/page.ts': "import '../contract/endpoints.ts';\n" },
    reported: ['web-takes-types-of-the-contract: web/page.ts'],
  },
  {
    fact: 'web/ imports a Node module',
    files: { 'web/page.ts': "import 'node:fs';\n" },
    reported: ['web-speaks-http: web/page.ts'],
  },
  {
    fact: 'a program imports what tests share',
    files: { 'demo/main.ts': "import '../test/harness/rig.ts';\n" },
    reported: ['nothing-imports-tests: demo/main.ts'],
  },
  {
    fact: 'a handler imports a development dependency',
    files: { 'functions/depot.lambda.ts': "import 'build-tool';\n" },
    reported: ['shipped-code-needs-no-build-tool: functions/depot.lambda.ts'],
  },
  {
    fact: 'a package is imported that package.json does not name',
    files: { 'functions/depot.lambda.ts': "import 'stowaway';\n" },
    reported: ['no-undeclared-package: functions/depot.lambda.ts'],
  },
  {
    fact: 'a file is imported that is not there',
    files: { 'demo/main.ts': "import './gone.ts';\n" },
    reported: ['no-unresolvable: demo/main.ts'],
  },
  {
    fact: 'two modules import each other',
    files: {
      'domain/rule.ts': "import { rules } from './rules.ts';\nexport const rule = rules;\n",
      'domain/rules.ts': "import { rule } from './rule.ts';\nexport const rules = 1;\nexport { rule };\n",
    },
    // One report for the whole circle, under its first file.
    reported: ['no-cycle: domain/rule.ts'],
  },
  {
    fact: 'a file imports nothing and nothing imports it',
    files: { 'demo/forgotten.ts': 'export const forgotten = 1;\n' },
    reported: ['no-orphan: demo/forgotten.ts'],
  },
  {
    fact: 'only a test imports a module',
    files: {
      'functions/unused.ts': "export { rule } from '../domain/rule.ts';\n",
      'test/unit/unused.test.ts': "import '../../functions/unused.ts';\n",
    },
    reported: ['no-dead-module: functions/unused.ts'],
  },
];

describe('the arrows between the folders', () => {
  it('hold in the sources of this project', async () => {
    const { modules, violations } = await inspect(ROOT);
    expect(violations).toEqual([]);
    // A configuration that overlooks a folder would find nothing in it.
    for (const folder of [
      'domain',
      'protocol',
      'terminal',
      'contract',
      'functions',
      'client',
      'cli',
      'container',
      'cdk',
      'local',
      'test',
    ])
      expect(modules.some((module) => module.startsWith(`${folder}/`) && module.endsWith('.ts'))).toBe(true);
  });

  it('permit what the design permits', async () => {
    const { violations } = await inspect(plant(SOUND_TREE));
    expect(violations).toEqual([]);
  });

  it.for(PLANTED)('are reported as broken, by name, when $fact', async ({ files, reported }) => {
    const { violations } = await inspect(plant({ ...SOUND_TREE, ...files }));
    expect(violations).toEqual(reported);
  });

  it('are each broken once by this test', () => {
    const broken = new Set(PLANTED.flatMap(({ reported }) => reported.map((line) => line.split(':')[0])));
    expect([...broken].sort()).toEqual(FORBIDDEN.map(({ name }) => name).sort());
  });
});

/** What dependency rules cannot see, because nothing is imported. Each pattern names what it must find, and what it must not. */
const FORBIDDEN_WORDS: readonly {
  fact: string;
  folders: string;
  except?: string;
  pattern: RegExp;
  found: string[];
  overlooked: string[];
}[] = [
  {
    fact: 'functions/, domain/ and protocol/ read the environment in functions/environment.ts only',
    folders: '{contract,functions,domain,protocol}',
    except: 'functions/environment.ts',
    pattern: /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\benv\b[^;]*\bfrom 'node:process'/,
    found: ['process.env.TABLE', "process['env']", 'process?.env', "import { env } from 'node:process'"],
    overlooked: ['processed.env', 'environment'],
  },
  {
    fact: 'the embedded runtime reads its settings in local/environment.ts only',
    folders: 'local',
    except: 'local/environment.ts',
    // A child process may get the whole environment; a single variable is a setting.
    pattern: /\bprocess\.env(\.|\[)|=\s*process\.env\b/,
    found: ['process.env.PORT', "process.env['PORT']", 'const { PORT } = process.env'],
    overlooked: ['env: process.env', '...process.env'],
  },
  {
    fact: 'the command line reads the environment in cli/relicense.ts only, and the client nowhere',
    folders: '{cli,client,terminal}',
    except: 'cli/relicense.ts',
    pattern: /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\benv\b[^;]*\bfrom 'node:process'/,
    found: ['process.env.RELICENSE_TOKEN', "process['env']", "import { env } from 'node:process'"],
    overlooked: ['io.env.RELICENSE_TOKEN', 'environment'],
  },
  {
    fact: 'domain/ has no clock, no chance, no machine and nothing to wait for',
    folders: 'domain',
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\b(process|crypto|performance|fetch|setTimeout)\s*[.(]|\basync\b|\bawait\b/,
    found: [
      'Date.now()',
      'new Date()',
      'Math.random()',
      'crypto.randomUUID()',
      'fetch(url)',
      'async () => 1',
      'await it',
    ],
    overlooked: ['new Date(at)', 'Date.parse(at)', 'prefetch', 'awaited'],
  },
  {
    fact: 'no type is imported by an expression, which dependency-cruiser overlooks',
    folders: '{contract,domain,protocol,terminal,container,functions,client,cli,cdk,local,web}',
    pattern: /(?<!\bawait\s+)(?<!=>\s*)\bimport\(/,
    found: ["type A = import('./a.ts').A", "typeof import('./a.ts')"],
    overlooked: ["await import('./a.ts')", "() => import('./a.ts')", "import a from './a.ts'"],
  },
];

const withoutComments = (source: string) => source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

describe.each(FORBIDDEN_WORDS)('$fact', ({ folders, except, pattern, found, overlooked }) => {
  it('the sources of this project have no violation', () => {
    const paths = globSync(`${folders}/**/*.ts`, { cwd: ROOT }).filter((path) => path !== except);
    expect(paths).not.toHaveLength(0);
    const offenders = paths.filter((path) => pattern.test(withoutComments(readFileSync(join(ROOT, path), 'utf8'))));
    expect(offenders).toEqual([]);
  });

  it('a planted violation is found', () => {
    expect(found.filter((source) => !pattern.test(source))).toEqual([]);
    expect(overlooked.filter((source) => pattern.test(source))).toEqual([]);
  });
});
