/**
 * Applies an update file to a container and dies by SIGKILL at one step of it.
 * `node crash-child.ts <container> <update file> <step> <before|torn|after>`; with step 0 it does not die.
 */

import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type FileSystem, NODE_FILE_SYSTEM } from '../../../container/file-system.ts';
import { Container } from '../../../container/index.ts';

const [, , path = '', updatePath = '', dieAt = '0', moment = 'before'] = process.argv;
let step = 0;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Counts every step that changes the disk. */
const files: FileSystem = {
  ...NODE_FILE_SYSTEM,
  create: (target, text) =>
    counted(
      () => NODE_FILE_SYSTEM.create(target, text),
      () => writeFileSync(target, text.slice(0, text.length / 2), { mode: 0o600 }),
    ),
  claim: async (target, text, milliseconds) => {
    await counted(
      async () => void (await NODE_FILE_SYSTEM.claim(target, text, milliseconds)),
      () => writeFileSync(target, text.slice(0, text.length / 2), { mode: 0o600 }),
    );
    return true;
  },
  rename: (...given) => counted(() => NODE_FILE_SYSTEM.rename(...given)),
  remove: (target) => counted(() => NODE_FILE_SYSTEM.remove(target)),
  syncFolder: (target) => counted(() => NODE_FILE_SYSTEM.syncFolder(target)),
};

async function counted(work: () => Promise<void>, half: () => void = die): Promise<void> {
  step += 1;
  if (step !== Number(dieAt)) return work();
  if (moment === 'torn') half();
  if (moment === 'after') await work();
  die();
}

const container = await Container.open(path, { files });
const { updates } = JSON.parse(await readFile(updatePath, 'utf8'));
// One update at a time, so that a chain takes long enough to be killed.
for (let index = 0; index < updates.length; index++) await container.apply({ updates: updates.slice(0, index + 1) });
process.stdout.write(String(step));
