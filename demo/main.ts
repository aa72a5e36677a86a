/** `npm run demo`: plays the scenes of the source text against a running Relicense and checks each step. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createStyle, wantsColour } from '../terminal/style.ts';
import { isParseArgsError } from '../terminal/usage-error.ts';
import { findRuntime, RuntimeUnusable } from './find-runtime.ts';
import { createLeftovers } from './leftovers.ts';
import { createPage } from './page/page.ts';
import { play } from './play.ts';

const HELP = `Plays 14 scenes in the life of a license against a running Relicense and checks each step.

Usage: npm run demo

The demo uses a running npm start. Without one, it starts its own server.

Environment:
  RELICENSE_URL    address of a running Relicense; default: that of RELICENSE_HOME (.relicense/), else PORT (3000) here
  RELICENSE_TOKEN  vendor token with all scopes; default: the token stored in RELICENSE_HOME (.relicense/)
  NO_COLOR         prints without colours, as it does when the output is not a terminal

Exit code: 0 if every check passed, 1 if one failed, 2 if no Relicense could be used.
`;

const FAILED = 1;
const UNUSABLE = 2;
const RUN_BYTES = 3;
const INTERRUPTED = 130;
/** As the command lines end when their reader has closed the pipe. */
const CLOSED_PIPE = 0;
const DEFAULT_COLUMNS = 80;

const leftovers = createLeftovers();
let isEnding = false;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { stdout, env } = process;
  const style = createStyle(wantsColour(stdout.isTTY === true, env));
  const page = createPage((text) => void stdout.write(text), style, columnsOf(stdout.columns, env.COLUMNS));
  const startedAt = performance.now();

  page.line();
  page.title(style.bold('Relicense'), style.dim('a license from sale to withdrawal'));
  page.line(`  ${style.dim('─'.repeat(page.width - 2))}`);

  const runtime = await findRuntime(env, leftovers);
  page.title(`${style.dim('vendor')}  ${runtime.url} ${style.dim(`(${runtime.origin})`)}`, '');
  page.title(`${style.dim('source')}  “Automatic License Updates”, KEYnote 35, Spring 2018`, '');
  const played = await play(page, runtime, randomBytes(RUN_BYTES).toString('hex'), leftovers);

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

/** The columns of the terminal, else those of the variable COLUMNS, else 80. */
function columnsOf(terminal: number | undefined, set: string | undefined): number {
  return terminal ?? (/^[1-9]\d{0,3}$/.test(set ?? '') ? Number(set) : DEFAULT_COLUMNS);
}

/** Clears all leftovers and exits. Running requests fail, and their errors are not printed. */
function endEarly(code: number): void {
  isEnding = true;
  void leftovers.clear().finally(() => process.exit(code));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endEarly(INTERRUPTED));
// A reader such as `head` has closed the pipe.
process.stdout.on('error', () => endEarly(CLOSED_PIPE));

try {
  const code = await main();
  await leftovers.clear();
  if (!isEnding) process.exitCode = code;
} catch (error) {
  await leftovers.clear();
  if (!isEnding) {
    const isWrongUse = isParseArgsError(error);
    const isPlain = isWrongUse || error instanceof RuntimeUnusable;
    process.stderr.write(`${isPlain ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
    process.exitCode = isPlain ? UNUSABLE : FAILED;
  }
}
