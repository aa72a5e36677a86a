import type { Command, Program } from '../terminal/command.ts';
import { exitCodes } from '../terminal/help.ts';
import { apply } from './commands/apply.ts';
import { COMMON_OPTIONS, type Io } from './commands/command.ts';
import { context } from './commands/context.ts';
import { init } from './commands/init.ts';
import { show } from './commands/show.ts';
import { sync } from './commands/sync.ts';
import { verify } from './commands/verify.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from './exit.ts';

/** `relicense-container`, the command line on the customer's machine. */
export const PROGRAM: Program<Command<Io, ExitCode>> = {
  name: 'relicense-container',
  title: 'Keeps licenses in a license container: a file with its own key.',
  commands: [init, sync, show, context, apply, verify],
  groups: {},
  commonOptions: COMMON_OPTIONS,
  footer: [exitCodes(EXIT, EXIT_MEANINGS)],
};
