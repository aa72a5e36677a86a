import type { Command, Program } from '../terminal/command.ts';
import { exitCodes, paragraph } from '../terminal/help.ts';
import { apply } from './commands/apply.ts';
import { check } from './commands/check.ts';
import { COMMON_OPTIONS, type Io } from './commands/command.ts';
import { context } from './commands/context.ts';
import { exchange } from './commands/exchange.ts';
import { CONTAINER_EXIT_MEANINGS, CONTAINER_EXITS, type ContainerExit } from './commands/exit.ts';
import { init } from './commands/init.ts';
import { show } from './commands/show.ts';
import { sync } from './commands/sync.ts';
import { ticket } from './commands/ticket.ts';
import { verify } from './commands/verify.ts';

/** `relicense-container`, the command line on the customer's machine. */
export const PROGRAM: Program<Command<Io, ContainerExit>> = {
  name: 'relicense-container',
  title: 'Keeps licenses in a license container: a file with its own key.',
  commands: [init, sync, check, show, ticket, context, exchange, apply, verify],
  groups: {},
  commonOptions: COMMON_OPTIONS,
  footer: [
    paragraph(
      'Results go to stdout, everything else to stderr. Colours are for terminals without NO_COLOR. With --json the result is one document, and a refusal is one line of JSON on stderr. Servers are reached through the proxy in HTTPS_PROXY or HTTP_PROXY, except those in NO_PROXY.',
    ),
    exitCodes(CONTAINER_EXITS, CONTAINER_EXIT_MEANINGS),
  ],
};
