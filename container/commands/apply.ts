import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MAX_UPDATE_FILE_BYTES } from '../../protocol/index.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT, type ExitCode } from '../../terminal/exit.ts';
import { readAtMost } from '../../terminal/read-at-most.ts';
import type { ApplyReport } from '../container.ts';
import { formatChanges } from './changes.ts';
import { command, fileOf, type Io, json } from './command.ts';
import { namesOf } from './license-names.ts';
import { openContainer } from './open.ts';
import { printUpdateFault } from './refused.ts';

export const apply = command('apply', {
  summary: 'apply an update file to the container',
  about:
    'The file is {"updates": [...]}. Each update is applied completely or not at all. Updates that were applied before are skipped; a missing update in between is an error.',
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
  const file =
    path === '-'
      ? await io.input(MAX_UPDATE_FILE_BYTES)
      : await readAtMost(resolve(io.folder, path), MAX_UPDATE_FILE_BYTES);
  const before = container.content;
  const report = await container.apply(file);
  const { applied, skipped } = report;
  const names = namesOf(before, applied);
  if (given.is('json')) {
    const { counter } = container.content;
    io.out(json({ ...report, counter, digest: await container.digest(), licenses: Object.fromEntries(names) }));
  } else {
    io.out(formatChanges(applied, skipped, names));
    if (report.ok && applied.length === 0) io.out('Nothing new: the container has all of these updates.\n');
  }
  // After a refusal, too, the receipt reports to the vendor which updates were applied.
  const receipt = given.text('receipt');
  if (receipt !== undefined && (report.ok || applied.length > 0)) {
    await writeFile(resolve(io.folder, receipt), `${await container.context()}\n`);
    if (!given.is('json')) io.out(`Wrote the receipt to ${receipt}. Carry it back to the vendor.\n`);
  }
  if (report.ok) return EXIT.done;
  const subject = subjectOf(report);
  const advice = applied.length === 0 ? 'The container is unchanged.' : undefined;
  return printUpdateFault(io, given.is('json'), `${subject} was refused`, report.code, advice);
}

function subjectOf({ part, index }: Extract<ApplyReport, { ok: false }>): string {
  if (part === 'lease') return 'The lease of the file';
  if (index === undefined) return 'The update file';
  return part === 'key-sets' ? `Key set ${index + 1} of the file` : `Update ${index + 1} of the file`;
}
