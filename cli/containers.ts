import type { Answer } from '../client/index.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { formatTime } from './format.ts';
import { NothingFoundError } from './nothing-found-error.ts';
import type { Session } from './session.ts';
import { SHORT_CHARACTERS } from './short-serial.ts';

/** The argument of a command that concerns one container. */
export const CONTAINER = {
  name: 'CONTAINER',
  help: 'the container’s serial, or its first 8 or more characters',
  completes: 'container',
} as const;

const SERIAL_CHARACTERS = 43;
const SERIAL_OR_BEGINNING = new RegExp(`^[A-Za-z0-9_-]{${SHORT_CHARACTERS},${SERIAL_CHARACTERS}}$`);
/** Candidates that are listed when a beginning is not unique. */
const CANDIDATES = 10;

/**
 * The serial of a container that the person gave by its serial or its beginning, also as tables show it: `X8RpWMD7…`.
 * @throws UsageError when several containers begin so; it lists them
 * @throws NothingFoundError when none does
 */
export async function resolveContainer(session: Session, typed: string, name = 'CONTAINER'): Promise<string> {
  const beginning = typed.replace(/(?:…|\.\.\.)$/u, '');
  if (!SERIAL_OR_BEGINNING.test(beginning)) {
    throw new UsageError(
      `${name} must be a serial or at least its first ${SHORT_CHARACTERS} characters; got ${escapeForTerminal(typed)}.`,
    );
  }
  if (beginning.length === SERIAL_CHARACTERS) return beginning;
  const { items, cursor } = await session.client().listContainers({ query: { serial: beginning, limit: CANDIDATES } });
  const [first, ...others] = items;
  if (first === undefined) throw new NothingFoundError(`No container has a serial that begins with ${beginning}.`);
  if (others.length === 0 && cursor === undefined) return first.serial;
  const more = cursor === undefined ? [] : ['  and more'];
  throw new UsageError(
    [
      `Several containers have serials that begin with ${beginning}; use more characters:`,
      ...items.map(candidate),
      ...more,
    ].join('\n'),
  );
}

function candidate({ serial, name, status, lastContactAt }: Answer<'listContainers'>['items'][number]): string {
  const seen = lastContactAt === undefined ? 'never seen' : `last seen ${formatTime(lastContactAt)} UTC`;
  const title = name === undefined ? '' : `“${escapeForTerminal(name)}”, `;
  return `  ${serial}  ${title}${status}, ${seen}`;
}
