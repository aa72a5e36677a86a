/** The functions of the stack: each is its bundle in a thread, with the environment of the template and its own access key. */
import { Worker } from 'node:worker_threads';
import { bundleFunction } from '../../../cdk/bundle-function.ts';
import { STACK_FUNCTIONS, type StackFunctionName } from '../../../cdk/function-names.ts';
import { readEnvironment, type Template } from '../../../cdk/read-template.ts';
import { type Names, REGION } from './names.ts';

export interface RunningFunctions {
  /** @throws an error of the name that the handler threw */
  invoke(name: StackFunctionName, event: unknown): Promise<unknown>;
  /** What the function has written to its log. */
  logOf(name: StackFunctionName): string;
  close(): Promise<void>;
}

export interface FunctionsOptions {
  readonly template: Template;
  readonly names: Names;
  /** Address of the services. */
  readonly services: string;
  /** Folder for the bundles. */
  readonly folder: string;
  readonly receiver: { readonly host: string; readonly port: number };
}

/** The access key of a function names its caller, as the credentials of a role do. */
export const accessKeyOf = (name: StackFunctionName): string => `AKIA${name.toUpperCase()}`;

/** The size of an event, and of a result, that Lambda accepts. */
const MAX_BYTES = 6 * 1024 * 1024;

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

export async function startFunctions(options: FunctionsOptions): Promise<RunningFunctions> {
  const { template, names, services, folder, receiver } = options;
  const logs = new Map<StackFunctionName, string>();
  const start = async (name: StackFunctionName) => {
    const { file } = bundleFunction(name, { directory: `${folder}/${name}` });
    const variables = names.resolve(readEnvironment(template, name)) as Record<string, string>;
    const worker = new Worker(new URL('function-worker.ts', import.meta.url), {
      workerData: { bundle: file, receiver },
      stdout: true,
      stderr: true,
      env: {
        ...variables,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: accessKeyOf(name),
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'session',
        AWS_ENDPOINT_URL: services,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        // The endpoint's certificate is made by the test.
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_NO_WARNINGS: '1',
      },
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => logs.set(name, `${logs.get(name) ?? ''}${text}`));
    }
    const calls = new Map<number, PromiseWithResolvers<unknown>>();
    const ready = Promise.withResolvers<unknown>();
    calls.set(0, ready);
    worker.on('error', (error) => {
      for (const call of calls.values()) call.reject(error);
    });
    worker.on('message', ({ id, result, error }: Reply) => {
      const call = calls.get(id);
      calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(Object.assign(new Error(error.message), { name: error.name }));
    });
    await ready.promise;
    let last = 0;
    return {
      worker,
      invoke: async (event: unknown): Promise<unknown> => {
        const id = ++last;
        const call = Promise.withResolvers<unknown>();
        calls.set(id, call);
        worker.postMessage({
          id,
          event: throughJson(event),
          context: { awsRequestId: `request-${name}-${id}`, functionName: name },
        });
        return throughJson(await call.promise);
      },
    };
  };
  // One after the other: each start bundles, and the bundler uses all cores.
  const started = new Map<StackFunctionName, Awaited<ReturnType<typeof start>>>();
  for (const name of STACK_FUNCTIONS) started.set(name, await start(name));
  return {
    async invoke(name, event) {
      const found = started.get(name);
      if (found === undefined) throw new Error(`There is no function ${name}`);
      return found.invoke(event);
    },
    logOf: (name) => logs.get(name) ?? '',
    close: async () => {
      await Promise.all([...started.values()].map(({ worker }) => worker.terminate()));
    },
  };
}

/** Events and results are JSON, and so is a record of a stream: bytes are base64 and times are seconds. */
function throughJson(value: unknown): unknown {
  if (value === undefined) return null;
  const text = JSON.stringify(value, (_, one: unknown) =>
    one instanceof Uint8Array ? Buffer.from(one).toString('base64') : one,
  );
  if (Buffer.byteLength(text) > MAX_BYTES) throw new Error('The event or the result is larger than Lambda accepts');
  return JSON.parse(text);
}
