import { escapeForTerminal } from '../../terminal/text.ts';
import { formatFault } from '../faults-in-words.ts';
import { EXIT, type ExitCode } from '../help.ts';
import { type SyncFault, type SyncReport, type SyncResult, sync } from '../sync.ts';
import { formatChanges, formatSteps } from './changes.ts';
import { type Arguments, type CommandContext, json, UsageError } from './command.ts';
import { openContainer } from './open.ts';
import { formatAction, printRefusal } from './refused.ts';
import { serverOf } from './server.ts';

const MAX_TIMEOUT_SECONDS = 86_400;

export async function syncCommand(given: Arguments, surroundings: CommandContext): Promise<ExitCode> {
  const ticket = given.text('ticket');
  const all = given.switch('all');
  const listed = given.list('activate');
  if (all && listed.length > 0) throw new UsageError('Say --all or --activate, not both.');
  if ((all || listed.length > 0) && ticket === undefined)
    throw new UsageError('Say with --ticket where the licenses are.');
  if (ticket !== undefined && !all && listed.length === 0) {
    throw new UsageError('Say which licenses of the ticket to activate: --all, or --activate LICENSE...');
  }
  const server = serverOf(given);
  const timeoutSeconds = timeoutOf(given);
  const container = await openContainer(given, surroundings);
  const asJson = given.switch('json');
  const result = await sync(container, {
    ticket,
    activate: all ? 'all' : listed,
    deactivate: given.list('deactivate'),
    preview: given.switch('preview'),
    server,
    timeoutSeconds,
    onWait: () => surroundings.err('Waiting for the update...\n'),
    onRetry: (detail) => surroundings.err(`Trying again: ${escapeForTerminal(detail)}\n`),
  });
  if (asJson) {
    const { serial, content } = container;
    const position = { serial, counter: content.counter, digest: await container.digest() };
    surroundings.out(json({ ...result.report, ...position, ...(result.ok ? {} : { fault: result.fault }) }));
  } else {
    printReport(result, surroundings);
  }
  return result.ok ? exitOf(result.report) : printFault(result.fault, surroundings);
}

function exitOf({ dropped }: SyncReport): ExitCode {
  return dropped.length > 0 ? EXIT.dropped : EXIT.done;
}

function printReport({ report, ok }: SyncResult, { out }: CommandContext): void {
  const { executed, dropped, applied, status } = report;
  if (status === 'previewed') out('Nothing was changed. A sync would do this:\n');
  if (status === 'previewed') for (const line of formatSteps(executed)) out(`${line}\n`);
  else out(formatChanges(applied, 0));
  if (dropped.length > 0) {
    out("Your own actions were dropped, because the vendor's came first:\n");
    for (const action of dropped) out(`  ${formatAction(action)}\n`);
  }
  if (!ok) return;
  if (status === 'confirmed') out('The vendor has the receipt.\n');
  if (status === 'unchanged') out('Nothing to do: the container is up to date.\n');
}

function printFault(fault: SyncFault, surroundings: CommandContext): ExitCode {
  switch (fault.kind) {
    case 'usage':
      throw new UsageError(fault.detail);
    case 'update':
      surroundings.err(`The update was refused (${fault.code}): ${formatFault(fault.code)}.\n`);
      return EXIT.refused;
    case 'problem':
    case 'unreachable':
      return printRefusal(fault, surroundings);
  }
}

function timeoutOf(given: Arguments): number | undefined {
  const text = given.text('timeout');
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!/^[0-9]+$/.test(text) || seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
    throw new UsageError('--timeout is a whole number of seconds.');
  }
  return seconds;
}
