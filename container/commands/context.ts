import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../terminal/exit.ts';
import { command, fileOf } from './command.ts';
import { openContainer } from './open.ts';

export const context = command('context', {
  summary: 'print the container’s signed report of its licenses',
  about:
    'For a machine without network: carry the context to a machine with network, where it requests an update. After an update the context is the receipt.',
  options: { out: { value: 'PATH', help: 'write it to a file' } },
  examples: [
    'relicense-container context --out context.txt',
    'relicense-container context | ssh office tee context.txt',
  ],
  async run(given, io) {
    const container = await openContainer(fileOf(given, io), io);
    const text = `${await container.context()}\n`;
    const path = given.text('out');
    if (path === undefined) {
      io.out(text);
    } else {
      await writeFile(resolve(io.folder, path), text);
      io.out(`Wrote ${path}: the context of ${container.serial} at counter ${container.content.counter}.\n`);
    }
    return EXIT.done;
  },
});
