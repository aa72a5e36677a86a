import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { MAX_UPDATE_FILE_BYTES } from '../../protocol/index.ts';
import { formatFault } from '../faults-in-words.ts';
import { EXIT, type ExitCode } from '../help.ts';
import { formatChanges } from './changes.ts';
import { type Arguments, type CommandContext, json } from './command.ts';
import { openContainer } from './open.ts';

export async function applyCommand(given: Arguments, surroundings: CommandContext): Promise<ExitCode> {
  const container = await openContainer(given, surroundings);
  const [path = '-'] = given.words;
  // Read once: what is checked is what is applied.
  const file =
    path === '-' ? await surroundings.input(MAX_UPDATE_FILE_BYTES) : await readAtMost(path, MAX_UPDATE_FILE_BYTES);
  const report = await container.apply(file);
  const { applied, skipped } = report;
  if (given.switch('json')) {
    const { counter } = container.content;
    surroundings.out(json({ ...report, counter, digest: await container.digest() }));
  } else {
    surroundings.out(formatChanges(applied, skipped));
    if (report.ok && applied.length === 0) surroundings.out('Nothing new: the container has it all.\n');
  }
  // Also after a refusal: it tells the vendor how far the container came.
  const receipt = given.text('receipt');
  if (receipt !== undefined && (report.ok || applied.length > 0)) {
    await writeFile(receipt, `${await container.context()}\n`);
    if (!given.switch('json')) surroundings.out(`Wrote the receipt to ${receipt}: carry it back to the vendor.\n`);
  }
  if (report.ok) return EXIT.done;
  const what = report.index === undefined ? 'The update file' : `Update ${report.index + 1} of the file`;
  surroundings.err(`${what} was refused (${report.code}): ${formatFault(report.code)}.\n`);
  if (applied.length === 0) surroundings.err('The container is as it was.\n');
  return EXIT.refused;
}

/** A file's bytes, at most one more than `maxBytes`: enough to see that it is too large. */
async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: maxBytes })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
