import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MAX_UPDATE_FILE_BYTES } from '../../protocol/index.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT, type ExitCode } from '../../terminal/exit.ts';
import type { ApplyReport } from '../container.ts';
import { damageOf, readCarried } from './carried.ts';
import { formatChanges } from './changes.ts';
import { command, fileOf, type Io, json } from './command.ts';
import { namesOf } from './license-names.ts';
import { openContainer } from './open.ts';
import { printUpdateFault } from './refused.ts';

export const apply = command('apply', {
  summary: 'apply an update file to the container',
  about:
    'The file is what exchange wrote, or a saved answer of the server. Each update is applied completely or not at all. Updates that were applied before are skipped; a missing update in between is an error.',
  words: [{ name: 'UPDATE-FILE', help: 'the update file; - reads standard input' }],
  options: { receipt: { value: 'PATH', help: 'write the receipt, which you carry back to the vendor' } },
  examples: [
    'relicense-container apply update.json --receipt receipt.txt',
    'cat update.json | relicense-container apply -',
  ],
  json: 'document',
  run: applyUpdates,
});

async function applyUpdates(given: ParsedArguments, io: Io): Promise<ExitCode> {
  const container = await openContainer(fileOf(given, io), io);
  const path = given.word(0);
  // Read once, so that the checked bytes are the applied bytes.
  const file = await readCarried(path, MAX_UPDATE_FILE_BYTES, io);
  const before = container.content;
  const report = await container.apply(file);
  const { applied, skipped, late } = report;
  const names = namesOf(before, applied);
  if (given.is('json')) {
    const { counter } = container.content;
    io.out(json({ ...report, counter, digest: await container.digest(), licenses: Object.fromEntries(names) }));
  } else {
    io.out(formatChanges(applied, skipped, names));
    if (report.lease !== undefined) io.out('Took a new lease.\n');
    if (report.ok && applied.length === 0 && report.lease === undefined && late === undefined)
      io.out('Nothing new: the container has all of these updates.\n');
  }
  // After a refusal, too, the receipt reports to the vendor which updates were applied.
  const receipt = given.text('receipt');
  if (receipt !== undefined && (report.ok || applied.length > 0)) {
    await writeFile(resolve(io.folder, receipt), `${await container.context()}\n`);
    if (!given.is('json')) io.out(`Wrote the receipt to ${receipt}. Exchange it on a machine with network.\n`);
  } else if (applied.length > 0 && !given.is('json')) {
    io.out('The vendor waits for the receipt: relicense-container context --out receipt.txt, or sync.\n');
  }
  if (late !== undefined) {
    if (!given.is('json')) io.out(`${LATE}\n`);
    // An answer that refuses a late context has nothing else for the container.
    if (!report.ok && report.code === 'schema') return EXIT.done;
  }
  if (report.ok) return EXIT.done;
  const subject = subjectOf(report);
  const unchanged = applied.length === 0 ? 'The container is unchanged.' : undefined;
  const damage = report.part === 'file' ? damageOf(file) : undefined;
  const advice = [damage, unchanged].filter((text) => text !== undefined).join(' ') || undefined;
  return printUpdateFault(io, given.is('json'), `${subject} was refused`, report.code, advice);
}

const LATE =
  'The server had read a newer context of this container: the one that was sent came late. Nothing is wrong. Write a new one, relicense-container context --out request.json, and exchange it.';

function subjectOf({ part, index }: Extract<ApplyReport, { ok: false }>): string {
  if (part === 'lease') return 'The lease of the file';
  if (index === undefined) return 'The update file';
  return part === 'key-sets' ? `Key set ${index + 1} of the file` : `Update ${index + 1} of the file`;
}
