import { Container } from '../container.ts';
import type { Arguments, CommandContext } from './command.ts';

/** Opens the container of a command line, and warns when its private key is not private. */
export async function openContainer({ file }: Arguments, { err }: CommandContext): Promise<Container> {
  const container = await Container.open(file);
  if (await container.isExposed()) {
    err(`Warning: other users of this machine can read the private key in ${file}. Close it: chmod 600 ${file}\n`);
  }
  return container;
}
