import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../terminal/exit.ts';
import { command, fileOf, json } from './command.ts';
import { openContainer } from './open.ts';
import { activationsByFile, checkActivations, deactivationsOf, WISH_OPTIONS } from './wishes.ts';

export const context = command('context', {
  summary: 'print the container’s signed report of its licenses',
  about:
    'For a machine without network: carry the file to a machine with network, and exchange it there for an update file. The report is signed for the licenses that you choose here, so nobody can use it for others. After an update the report is the receipt.',
  options: {
    out: { value: 'PATH', help: 'write it to a file' },
    ...WISH_OPTIONS,
    all: { help: 'activate all licenses of the ticket that can be activated; needs --licenses' },
    licenses: { value: 'PATH', help: 'the file that ticket CODE --out wrote on a machine with network' },
    renew: { help: 'ask for a new lease, also when the present one is fresh' },
  },
  examples: [
    'relicense-container context --out context.txt',
    'relicense-container context --ticket 3YJ0R-9QKZ7-... --activate LICENSE1 --out request.json',
    'relicense-container context --ticket 3YJ0R-9QKZ7-... --all --licenses ticket.json --out request.json',
    'relicense-container context --deactivate-all --out request.json',
  ],
  async run(given, io) {
    checkActivations(given);
    const container = await openContainer(fileOf(given, io), io);
    const activate = await activationsByFile(given, container, io);
    const deactivate = deactivationsOf(given, container);
    const wishes = { activate, deactivate };
    const signed = await container.context({ wishes, renew: given.is('renew') });
    const hasWishes = activate.length + deactivate.length > 0;
    const text = hasWishes ? json({ context: signed, ...wishes }) : `${signed}\n`;
    const path = given.text('out');
    if (path === undefined) {
      io.out(text);
    } else {
      await writeFile(resolve(io.folder, path), text);
      const what = hasWishes
        ? `the request to activate ${activate.length} and return ${deactivate.length}`
        : 'the context';
      io.out(`Wrote ${path}: ${what} of ${container.serial} at counter ${container.content.counter}.\n`);
      io.out(`On a machine with network: relicense-container exchange ${path} --server ${container.server ?? 'URL'}\n`);
    }
    return EXIT.done;
  },
});
