import { writeFile } from 'node:fs/promises';
import { EXIT, type ExitCode } from '../help.ts';
import type { Arguments, CommandContext } from './command.ts';
import { openContainer } from './open.ts';

export async function contextCommand(given: Arguments, surroundings: CommandContext): Promise<ExitCode> {
  const container = await openContainer(given, surroundings);
  const context = `${await container.context()}\n`;
  const path = given.text('out');
  if (path === undefined) {
    surroundings.out(context);
  } else {
    await writeFile(path, context);
    surroundings.out(`Wrote ${path}: the context of ${container.serial} at counter ${container.content.counter}.\n`);
  }
  return EXIT.done;
}
