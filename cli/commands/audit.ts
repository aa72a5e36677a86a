import { EXIT } from '../../terminal/exit.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { audit, type Finding } from '../audit.ts';
import { command } from '../command.ts';
import { printLine } from '../output.ts';

const run = command('audit', {
  summary: 'check that all containers and licenses fit together',
  about:
    'It walks every container’s updates from the first one and every license’s history, and prints what does not fit. Run it after the table was restored. It reads only, and several requests per container and license. The exit code is 1 if something does not fit.',
  examples: ['relicense audit', 'relicense audit --json'],
  json: 'lines',
  async run(_, session) {
    let count = 0;
    for await (const finding of audit(session.client())) {
      count += 1;
      printLine(session, finding, () => lineOf(finding));
    }
    if (count > 0) return EXIT.refused;
    session.io.err('Everything fits.\n');
    return EXIT.done;
  },
});

function lineOf({ kind, id, fault }: Finding): string {
  return `${kind} ${escapeForTerminal(id)}: ${escapeForTerminal(fault)}`;
}

export const AUDIT_COMMANDS = [run];
