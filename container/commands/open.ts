import { FileContainer as Container } from '../file-container.ts';
import type { Io } from './command.ts';

/** Opens a container and warns when other users can read its private key. @throws ContainerError as `Container.open`. */
export async function openContainer(path: string, { err }: Io): Promise<Container> {
  const container = await Container.open(path);
  if (await container.isExposed()) {
    err(`Warning: other users of this machine can read the private key in ${path}. To fix it: chmod 600 ${path}\n`);
  }
  return container;
}
