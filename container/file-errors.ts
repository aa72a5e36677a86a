import { formatSystemError, systemErrorCode } from '../terminal/system-error.ts';
import { ContainerError } from './container-error.ts';

/** What a person can do about an error of the operating system. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Give the user of this program the right to read and write in this folder.',
  EPERM: 'Give the user of this program the right to read and write in this folder.',
  EBUSY: 'Another program has the container open: close it, and try again.',
  EROFS: 'Move the container to a folder that can be written.',
  ENOSPC: 'Free some space, and try again.',
  EDQUOT: 'Free some space, and try again.',
  ENOENT: 'Create the folder first.',
  ENOTDIR: 'Give the path of a file in a folder.',
  EISDIR: 'Give the path of a file.',
  ENAMETOOLONG: 'Give a shorter path.',
};
const TRY_AGAIN = 'Try again; if it fails again, move the container to another disk.';

/**
 * Runs a disk operation of a container. Errors of the operating system become a ContainerError in words that names the
 * container or its folder, and not the files beside it.
 *
 * @throws ContainerError `code` for an error of the operating system; other errors as they are
 */
export async function inWords<Result>(
  code: 'unreadable' | 'unwritable',
  place: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const system = systemErrorCode(error);
    if (system === undefined || !(error instanceof Error)) throw error;
    const { [system]: advice = TRY_AGAIN } = ADVICE;
    const verb = code === 'unwritable' ? 'written' : 'read';
    const message = `The container cannot be ${verb}: ${formatSystemError(error, place)}. ${advice}`;
    const translated = new ContainerError(code, message);
    translated.cause = error;
    throw translated;
  }
}
