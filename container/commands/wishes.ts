import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseJson } from '../../protocol/index.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { formatSystemError, systemErrorCode } from '../../terminal/system-error.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import type { Container } from '../container.ts';
import { readTicket } from '../depot.ts';
import { readTicketCode } from '../ticket-code.ts';
import { offerOf } from '../ticket-selection.ts';
import type { Io } from './command.ts';

/** Options that choose licenses to activate and to return. */
export const WISH_OPTIONS = {
  ticket: { value: 'CODE', help: 'the ticket with the licenses to activate; case, dashes and spaces do not matter' },
  activate: { value: 'ID', many: true, takesFollowing: true, help: 'activate these licenses of the ticket' },
  deactivate: { value: 'ID', many: true, takesFollowing: true, help: 'give these licenses back' },
  'deactivate-all': { help: 'give all licenses of this container back' },
} as const;

export type WishOption = keyof typeof WISH_OPTIONS | 'all';

/** @throws UsageError if the options do not fit each other */
export function checkActivations(given: ParsedArguments<WishOption>): void {
  const [ticket, all, listed] = [given.text('ticket'), given.is('all'), given.list('activate')];
  if (all && listed.length > 0) throw new UsageError('Use --all or --activate, not both.');
  if (given.is('deactivate-all') && given.list('deactivate').length > 0)
    throw new UsageError('Use --deactivate or --deactivate-all, not both.');
  const isActivating = all || listed.length > 0;
  if (isActivating && ticket === undefined)
    throw new UsageError('Missing --ticket CODE: the ticket of these licenses.');
  if (!isActivating && ticket !== undefined) {
    throw new UsageError('Missing --all or --activate ID...: the licenses of the ticket to activate.');
  }
}

/** The licenses to return. */
export function deactivationsOf(given: ParsedArguments<WishOption>, { content }: Container): readonly string[] {
  return given.is('deactivate-all') ? content.licenses.map(({ id }) => id) : [...new Set(given.list('deactivate'))];
}

/** The licenses to activate, without a network: `--all` takes them from the file that `ticket --out` wrote. */
export async function activationsByFile(
  given: ParsedArguments<WishOption | 'licenses'>,
  container: Container,
  io: Io,
): Promise<readonly { readonly ticket: string; readonly license: string }[]> {
  const text = given.text('ticket');
  if (text === undefined) return [];
  const ticket = readTicketCode(text);
  if (ticket === undefined) throw new UsageError(`Not a ticket code: ${escapeForTerminal(text)}.`);
  if (!given.is('all')) return [...new Set(given.list('activate'))].map((license) => ({ ticket, license }));
  const path = given.text('licenses');
  if (path === undefined) {
    throw new UsageError(
      'Missing --licenses PATH: this machine cannot ask which licenses the ticket has. On a machine with network: relicense-container ticket CODE --server URL --out ticket.json',
    );
  }
  const listed = await readTicketFile(resolve(io.folder, path));
  const { free } = offerOf(listed, container.serial, Date.now());
  if (free.length === 0) throw new UsageError(`${escapeForTerminal(path)} has no license that can be activated.`);
  return free.map(({ id: license }) => ({ ticket, license }));
}

const MAX_TICKET_BYTES = 8 * 1024 * 1024;

async function readTicketFile(path: string) {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemErrorCode(error) === undefined || !(error instanceof Error)) throw error;
    throw new UsageError(`--licenses cannot be read: ${formatSystemError(error, path)}.`);
  });
  const read = parseJson(bytes, { maxBytes: MAX_TICKET_BYTES });
  const licenses = read.ok ? readTicket(read.value) : undefined;
  if (licenses === undefined) throw new UsageError(`${escapeForTerminal(path)} is not the list of a ticket.`);
  return licenses;
}
