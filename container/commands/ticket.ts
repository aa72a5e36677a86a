import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../terminal/exit.ts';
import { table } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { getTicket, type TicketLicense } from '../depot.ts';
import { FileContainer } from '../file-container.ts';
import { TIMEOUT_SECONDS } from '../sync.ts';
import { readTicketCode } from '../ticket-code.ts';
import { command, fileOf, json } from './command.ts';
import { printRefusal } from './refused.ts';
import { serverOf } from './server.ts';
import { deadlineAfter, parseTimeout, TIMEOUT_OPTION } from './timeout.ts';

export const ticket = command('ticket', {
  summary: 'list the licenses of a ticket',
  about: 'With --server it needs no container. The file of --out is for context --all on a machine without network.',
  words: [{ name: 'CODE', help: 'the ticket; case, dashes and spaces do not matter' }],
  options: {
    server: { value: 'URL', help: 'the vendor’s server; default: the one given to init' },
    out: { value: 'PATH', help: 'write the list to a file, as JSON' },
    timeout: TIMEOUT_OPTION,
  },
  examples: [
    'relicense-container ticket 3YJ0R-9QKZ7-...',
    'relicense-container ticket 3YJ0R-9QKZ7-... --server https://licenses.example.com --out ticket.json',
  ],
  json: 'document',
  async run(given, io) {
    const code = readTicketCode(given.word(0));
    if (code === undefined) throw new UsageError(`Not a ticket code: ${escapeForTerminal(given.word(0))}.`);
    const server = serverOf(given) ?? (await FileContainer.open(fileOf(given, io))).server;
    if (server === undefined) throw new UsageError('Missing --server URL.');
    const found = await getTicket(server, code, { deadline: deadlineAfter(parseTimeout(given) ?? TIMEOUT_SECONDS) });
    if (!found.ok) return printRefusal(found, io, given.is('json'));
    const { licenses } = found;
    const document = json({ code, licenses });
    const out = given.text('out');
    if (out !== undefined) await writeFile(resolve(io.folder, out), document);
    if (given.is('json')) io.out(document);
    else {
      const columns = ['License', 'Product', 'State', 'Expires', 'Requires', 'Container'];
      const width = io.stdout.isTerminal ? { width: io.stdout.columns } : {};
      io.out(`${licenses.length === 0 ? 'No licenses.' : table(columns, licenses.map(row), width)}\n`);
      if (out !== undefined) io.out(`Wrote ${out}.\n`);
    }
    return EXIT.done;
  },
});

function row({ id, product, state, expiresAt, requires, container }: TicketLicense): string[] {
  return [id, product, state.replaceAll('-', ' '), expiresAt ?? '', requires.join(', '), container ?? ''];
}
