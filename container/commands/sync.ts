import { EXIT, type ExitCode } from '../../terminal/exit.ts';
import { printFailure } from '../../terminal/failure.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { formatReason } from '../format-faults.ts';
import { type SyncFault, type SyncReport, type SyncResult, sync as syncContainer, TIMEOUT_SECONDS } from '../sync.ts';
import type { LeftOut } from '../ticket-selection.ts';
import { askNames, mergeNames, namesOthers } from './ask-names.ts';
import { formatChanges, formatSteps } from './changes.ts';
import { command, fileOf, type Io, json } from './command.ts';
import { type LicenseNames, namesOf } from './license-names.ts';
import { openContainer } from './open.ts';
import { formatAction, printRefusal, printUpdateFault } from './refused.ts';
import { retryNotice } from './retry-notice.ts';
import { serverOf } from './server.ts';
import { deadlineAfter, parseTimeout, TIMEOUT_OPTION } from './timeout.ts';
import { checkActivations, deactivationsOf, WISH_OPTIONS } from './wishes.ts';

export const sync = command('sync', {
  summary: 'get and apply updates from the vendor’s server',
  about:
    'It sends the context, waits for the update, applies it and sends the receipt. The update also carries out the pending vendor actions. After a crash at any point, the next sync continues.',
  options: {
    ...WISH_OPTIONS,
    all: { help: 'activate all licenses of the ticket that can be activated, and name the others' },
    preview: { help: 'only show what would be done' },
    server: { value: 'URL', help: 'the vendor’s server; default: the one given to init' },
    renew: { help: 'ask for a new lease, also when the present one is fresh' },
    timeout: TIMEOUT_OPTION,
  },
  examples: [
    'relicense-container sync',
    'relicense-container sync --ticket 3YJ0R-9QKZ7-... --all',
    'relicense-container sync --ticket 3YJ0R-9QKZ7-... --activate LICENSE1 LICENSE2',
    'relicense-container sync --deactivate LICENSE1 --preview',
    'relicense-container sync --deactivate-all',
  ],
  json: 'document',
  async run(given, io) {
    checkActivations(given);
    const ticket = given.text('ticket');
    const all = given.is('all');
    const listed = given.list('activate');
    const server = serverOf(given);
    const timeoutSeconds = parseTimeout(given);
    const container = await openContainer(fileOf(given, io), io);
    const before = container.content;
    const deadline = deadlineAfter(timeoutSeconds ?? TIMEOUT_SECONDS);
    const result = await syncContainer(container, {
      ticket,
      activate: all ? 'all' : listed,
      deactivate: deactivationsOf(given, container),
      preview: given.is('preview'),
      renew: given.is('renew'),
      server,
      timeoutSeconds,
      onWait: () => io.err('Waiting for the update...\n'),
      onRetry: retryNotice(io),
    });
    const known = namesOf(before, result.report.applied);
    const names = namesOthers(result)
      ? mergeNames(known, await askNames(container, server ?? container.server, ticket, deadline))
      : known;
    if (given.is('json')) {
      const { serial, content } = container;
      const position = { serial, counter: content.counter, digest: await container.digest() };
      const licenses = Object.fromEntries(names);
      io.out(json({ ...result.report, ...position, licenses, ...(result.ok ? {} : { fault: result.fault }) }));
    } else {
      printReport(result, names, all, io);
    }
    return result.ok ? exitCodeOf(result.report, all) : printFault(result.fault, names, io, given.is('json'));
  },
});

/** Licenses in other containers do not make a sync of all licenses incomplete. */
function exitCodeOf({ dropped, leftOut, here, executed, status }: SyncReport, all: boolean): ExitCode {
  if (all && executed.activate.length + here === 0 && status !== 'failed') return EXIT.nothing;
  const isPart = dropped.length > 0 || leftOut.some(({ reason }) => reason !== ELSEWHERE);
  return isPart ? EXIT.partly : EXIT.done;
}

const ELSEWHERE = 'in-another-container';

function printReport({ report, ok }: SyncResult, names: LicenseNames, all: boolean, { out }: Io): void {
  const { executed, dropped, applied, status, leftOut, here } = report;
  const nothing = all && executed.activate.length + here === 0;
  if (status === 'previewed') out('Nothing was changed. A sync would do this:\n');
  if (status === 'previewed') for (const line of formatSteps(executed, names)) out(`${line}\n`);
  else out(formatChanges(applied, 0, names));
  if (dropped.length > 0) {
    out('Your own actions were dropped, because the vendor’s actions take precedence:\n');
    for (const action of dropped) out(`  ${formatAction(action, names)}\n`);
  }
  if (ok && nothing && leftOut.length === 0) {
    out('No license was activated: the ticket has none. The vendor may have withdrawn them.\n');
  }
  if (leftOut.length > 0) {
    const title = nothing ? 'No license of the ticket could be activated:' : 'Not activated:';
    out(`${title}\n`);
    for (const license of leftOut) out(`  ${formatLeftOut(license)}\n`);
    if (nothing && leftOut.some(({ reason }) => reason === ELSEWHERE)) {
      out(
        'To use a license here, return it on the other machine: relicense-container sync --deactivate LICENSE.\nIf that machine is lost, ask the vendor to retire its container.\n',
      );
    }
  }
  if (!ok) return;
  if (status === 'confirmed') out('The vendor has the receipt.\n');
  if (status === 'renewed') out('The vendor has renewed the lease.\n');
  if (status !== 'unchanged' || nothing) return;
  const held = here === 0 ? '' : ` It has ${pluralize(here, 'license')} of this ticket.`;
  out(`Nothing to do: the container is up to date.${held}\n`);
}

function formatLeftOut({ license, product, reason, container }: LeftOut): string {
  const where = container === undefined ? '' : `: ${container}`;
  return escapeForTerminal(`${license} (${product}): ${formatReason(reason)}${where}`);
}

function printFault(fault: SyncFault, names: LicenseNames, io: Io, isJson: boolean): ExitCode {
  switch (fault.kind) {
    case 'usage':
      throw new UsageError(fault.detail);
    case 'update':
      return printUpdateFault(io, isJson, 'The update was refused', fault.code);
    case 'problem':
    case 'unreachable':
      return printRefusal(fault, io, isJson, names);
    case 'keys':
      printFailure(io, isJson, {
        title: 'The server has other keys than this container.',
        code: 'keys',
        lines: [escapeForTerminal(fault.detail)],
        advice:
          'Is this the server of the container’s vendor? If the vendor has set up the server again, create a new container with init.',
        document: { detail: fault.detail },
      });
      return EXIT.refused;
    case 'container':
      printFailure(io, isJson, {
        title: 'The container could not be changed.',
        code: fault.code,
        lines: [escapeForTerminal(fault.detail)],
        advice: fault.taken
          ? 'The server has already taken the licenses of this update for this container. Nothing is lost: the next sync brings them.'
          : 'The next sync continues.',
        document: { detail: fault.detail, taken: fault.taken },
      });
      return EXIT.refused;
  }
}
