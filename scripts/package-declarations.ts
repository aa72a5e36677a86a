/**
 * Writes the declarations of the packages. TypeScript writes one per source file. Two things are then replaced:
 *
 * - The client’s types follow from the schemas of `contract/`. A user of the client should not need zod, so the compiler
 *   writes each request and answer as a plain type, and one declaration with these stands in place of the contract.
 * - `jose` is bundled, so its types are part of the package.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { ENDPOINTS } from '../contract/endpoints.ts';

const ENTRIES = ['container/index', 'container/browser', 'client/index'];
const JOSE = 'node_modules/jose/dist/types/types.d.ts';

export interface Declarations {
  /** Copies the declarations of these entry points, and of all that they import. */
  copyTo(folder: string, entries: readonly string[]): Promise<void>;
}

/** @param work an empty folder below `root`, so that the compiler finds the packages */
export async function writeDeclarations(root: string, work: string): Promise<Declarations> {
  const [probe, config, output] = [join(work, 'probe.ts'), join(work, 'tsconfig.json'), join(work, 'output')];
  await writeFile(probe, contractProbe(relative(work, root)));
  await writeFile(config, compilerConfig(root, output, probe));
  await compile(root, config);
  const printed = await readFile(join(output, relative(root, work), 'probe.d.ts'), 'utf8');
  const replaced: ReadonlyMap<string, string> = new Map([
    ['contract/endpoints', contractDeclaration(printed)],
    ['contract/endpoint', REQUEST_DECLARATION],
    ['jose', await readFile(join(root, JOSE), 'utf8')],
  ]);
  const textOf = async (module: string): Promise<string> =>
    replaced.get(module) ?? (await readFile(join(output, `${module}.d.ts`), 'utf8'));

  return {
    async copyTo(folder, entries) {
      const waiting = [...entries];
      const seen = new Set(waiting);
      for (const module of waiting) {
        const text = withOptionalMembers(await textOf(module)).replaceAll(
          IMPORT,
          (_, before: string, specifier: string) => {
            const target =
              specifier === 'jose' ? 'jose' : posix.join(posix.dirname(module), withoutExtension(specifier));
            if (!seen.has(target)) waiting.push(target);
            seen.add(target);
            const path = posix.relative(posix.dirname(module), target);
            return `${before}'${path.startsWith('.') ? path : `./${path}`}.js'`;
          },
        );
        const file = join(folder, `${module}.d.ts`);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    },
  };
}

/**
 * Adds `undefined` to an index signature beside optional members. With `exactOptionalPropertyTypes`, as this project has it,
 * they agree without it; in a project without that option, they do not.
 */
export function withOptionalMembers(declaration: string): string {
  const lines = declaration.split('\n');
  return lines
    .map((line, at) => {
      const indentation = endOfIndexSignature(lines, at);
      if (indentation === undefined) return line;
      const isSibling = (other: string): boolean => other.startsWith(indentation) || other.trim() === '';
      const before = lines.slice(0, at).reverse();
      const block = [...takeWhile(before, isSibling), ...takeWhile(lines.slice(at + 1), isSibling)];
      const hasOptional = block.some((other) => new RegExp(`^${indentation}(?:readonly )?[\\w'-]+\\?:`).test(other));
      return hasOptional ? line.replace(/;$/, ' | undefined;') : line;
    })
    .join('\n');
}

const INDEX_SIGNATURE = /^( +)(?:readonly )?\[\w+: string\]: (?!.*\b(?:undefined|unknown|never)\b)[^{]+;$/;
/** One whose last alternative is an object, which ends some lines later. */
const OPEN_INDEX_SIGNATURE = /^( +)(?:readonly )?\[\w+: string\]: (?!.*\b(?:undefined|unknown|never)\b).*\| \{$/;
const CLOSING = /^( +)\};$/;

/** The indentation of the index signature that ends at this line; `undefined` if none does. */
function endOfIndexSignature(lines: readonly string[], at: number): string | undefined {
  const line = lines[at] ?? '';
  const [, alone] = INDEX_SIGNATURE.exec(line) ?? [];
  const [, indentation] = CLOSING.exec(line) ?? [];
  if (alone !== undefined || indentation === undefined) return alone;
  const start = lines.slice(0, at).findLast((other) => !other.startsWith(`${indentation} `));
  return start !== undefined && OPEN_INDEX_SIGNATURE.exec(start)?.[1] === indentation ? indentation : undefined;
}

function takeWhile<Item>(items: readonly Item[], keep: (item: Item) => boolean): readonly Item[] {
  const end = items.findIndex((item) => !keep(item));
  return end === -1 ? items : items.slice(0, end);
}

/** An import or export of a declaration: of `jose`, or of a file. */
const IMPORT = /(\b(?:from |import\())['"](jose|\.{1,2}\/[^'"]+[.]ts)['"]/g;

function withoutExtension(path: string): string {
  return path.replace(/(?:\.d)?\.[tj]s$/, '');
}

function compilerConfig(root: string, output: string, probe: string): string {
  return JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      // `npm run check` has checked the types.
      noCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir: output,
    },
    include: [],
    files: [probe, ...ENTRIES.map((entry) => join(root, `${entry}.ts`))],
  });
}

function compile(root: string, config: string): Promise<void> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const child = spawn(process.execPath, [compiler, '-p', config], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`The declarations could not be written:\n${output}`)),
    );
  });
}

/** `& {}` makes the compiler print the members in place of a type’s name. */
const PLAIN_TYPES = `
type Request<Value> = Value extends (infer Item)[] ? Request<Item>[]
  : Value extends readonly (infer Item)[] ? readonly Request<Item>[]
  : Value extends object ? { [Key in keyof Value]: Request<Value[Key]> } & {}
  : Value;
type Answer<Value> = Value extends readonly (infer Item)[] ? readonly Answer<Item>[]
  : Value extends { readonly type: \`/problems/\${string}\`; readonly detail: string } ? ProblemDocument
  : Value extends object ? { readonly [Key in keyof Value]: Answer<Value[Key]> } & {}
  : Value;
`;

/** A source file in which the compiler infers, and so prints, the type of each request and answer. */
function contractProbe(root: string): string {
  const types = ENDPOINTS.flatMap(({ name }) => [
    `export const ${name}Request = requestOf('${name}');`,
    `export const ${name}Answer = answerOf('${name}');`,
    `export const ${name}Body = bodyOf('${name}');`,
  ]);
  return `import type { RequestOf } from '${root}/contract/endpoint.ts';
import type { AnswerOf, BodyInput, Contract, EndpointName } from '${root}/contract/endpoints.ts';
export interface ProblemDocument { readonly code: string }
${PLAIN_TYPES}
declare function requestOf<Name extends EndpointName>(name: Name):
  { [Part in 'params' | 'query' | 'body']: Request<RequestOf<Contract[Name]>[Part]> };
declare function answerOf<Name extends EndpointName>(name: Name): Answer<AnswerOf<Name>>;
declare function bodyOf<Name extends EndpointName>(name: Name): Request<BodyInput<Name>>;
${types.join('\n')}
`;
}

const REQUEST_DECLARATION = `/** A request to an endpoint. */
export type RequestOf<Of extends { readonly request: unknown }> = Of['request'];
`;

/** The contract’s declaration, out of the types that the compiler has printed. */
function contractDeclaration(printed: string): string {
  const types = new Map(
    printed.split(/^export declare const /m).flatMap((text) => {
      const [, name, type] = /^(\w+): ([\s\S]+);\n(?:export .*|declare .*)?$/.exec(text) ?? [];
      return name === undefined || type === undefined ? [] : [[name, type] as const];
    }),
  );
  const typeOf = (name: string): string => {
    const type = types.get(name);
    if (type === undefined) throw new Error(`Bug: the compiler printed no type for ${name}`);
    // From four columns to two, below the endpoint.
    return type.replaceAll(/\n( *)/g, (_, spaces: string) => `\n    ${' '.repeat(spaces.length / 2)}`);
  };
  const endpoints = ENDPOINTS.map(
    ({ name }) =>
      `  ${name}: {\n    request: ${typeOf(`${name}Request`)};\n    answer: ${typeOf(`${name}Answer`)};\n    body: ${typeOf(`${name}Body`)};\n  };`,
  );
  return `/** A problem document (RFC 9457). Most codes have further members. */
export interface ProblemDocument {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** The request and the answer of each endpoint, by its name. */
export interface Contract {
${endpoints.join('\n')}
}

export type EndpointName = keyof Contract;
export type AnswerOf<Name extends EndpointName> = Contract[Name]['answer'];
/** The body of a request as a caller writes it. */
export type BodyInput<Name extends EndpointName> = Contract[Name]['body'];
`;
}
