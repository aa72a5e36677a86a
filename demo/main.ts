/** `npm run demo`: plays the scenes of the source text against a running Relicense and checks each step. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createStyle, wantsColour } from '../terminal/style.ts';
import { type FoundRuntime, findRuntime, RuntimeUnusable } from './find-runtime.ts';
import { createPage } from './page/page.ts';
import { type Played, play } from './play.ts';

const HELP = `Plays 14 scenes in the life of a license against a running Relicense and checks each step.

Usage: npm run demo

The demo uses a running npm start. If there is none, it starts its own.

Environment:
  RELICENSE_URL    address of a running Relicense; default: PORT (3000) on this machine
  RELICENSE_TOKEN  vendor token with all scopes; default: the token stored in RELICENSE_HOME (.relicense/)
  NO_COLOR         prints without colours, as it does when the output is not a terminal

Exit code: 0 if every check passed, 1 if one failed, 2 if no Relicense could be used.
`;

const FAILED = 1;
const UNUSABLE = 2;
const RUN_BYTES = 3;
const INTERRUPTED = 130;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { stdout, env } = process;
  const style = createStyle(wantsColour(stdout.isTTY === true, env));
  const page = createPage((text) => void stdout.write(text), style, stdout.columns);
  const startedAt = performance.now();

  page.line();
  page.title(style.bold('Relicense'), style.dim('a license from sale to withdrawal'));
  page.line(`  ${style.dim('─'.repeat(page.width - 2))}`);

  let runtime: FoundRuntime | undefined;
  let played: Played;
  try {
    const starting = findRuntime(env);
    endOnSignal(starting);
    runtime = await starting;
    page.title(`${style.dim('vendor')}  ${runtime.url} ${style.dim(`(${runtime.origin})`)}`, '');
    page.title(`${style.dim('source')}  “Automatic License Updates”, KEYnote 35, Spring 2018`, '');
    played = await play(page, runtime, randomBytes(RUN_BYTES).toString('hex'));
  } finally {
    await runtime?.end();
  }

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  page.line();
  if (played.failed !== undefined) {
    page.title(style.red(style.bold(`Failed scene: ${played.failed}.`)), '');
    return FAILED;
  }
  page.title(style.green(style.bold(`All ${played.scenes} scenes passed.`)), style.dim(`${seconds} s`));
  page.line();
  return 0;
}

/** Ends a runtime that the demo started when a signal interrupts the demo. */
function endOnSignal(starting: Promise<FoundRuntime>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      const ended = starting.then((runtime) => runtime.end());
      ended.catch(() => undefined).finally(() => process.exit(INTERRUPTED));
    });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isWrongUse = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    const isPlain = isWrongUse || error instanceof RuntimeUnusable;
    process.stderr.write(`${isPlain ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
    process.exitCode = isPlain ? UNUSABLE : FAILED;
  },
);
