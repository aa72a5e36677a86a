/** Asks before `npm start -- --reset` deletes the state. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { askAtTerminal } from '../terminal/prompt.ts';
import { stateFilesIn } from './home.ts';

/** `not-asked`: there is no terminal to ask at. */
export type Confirmation = 'confirmed' | 'declined' | 'not-asked';

/**
 * Whether the person at the terminal wants the state in this folder deleted. A folder without state needs no question.
 * @param folder may not exist yet
 */
export async function confirmReset(folder: string): Promise<Confirmation> {
  if (!existsSync(folder) || stateFilesIn(folder).length === 0) return 'confirmed';
  if (!process.stdin.isTTY || !process.stderr.isTTY) return 'not-asked';
  // Ctrl-C and the end of the input give an empty answer, which declines.
  const answer = await askAtTerminal(`${warningOf(folder)} [y/N] `);
  return /^y(es)?$/i.test(answer.trim()) ? 'confirmed' : 'declined';
}

/** What a reset deletes, and what that means, as a question. */
export function warningOf(folder: string): string {
  const lost = existsSync(join(folder, 'signing-keys.json'))
    ? 'Its signing key is deleted too, and its root key: containers that were made with this server can never be updated again. '
    : '';
  return `The state in ${folder} will be deleted: all orders, licenses, histories and tokens. ${lost}Delete it?`;
}
