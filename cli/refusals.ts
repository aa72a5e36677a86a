import { ProblemError, UnreachableError } from '../client/index.ts';
import { fields } from '../terminal/table.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './session.ts';

/** What to do about a problem, by its code. A code that is not here speaks for itself. */
export const ADVICE: Readonly<Record<string, string>> = {
  'invalid-request': 'Mend what is named, and try again.',
  'invalid-context': 'Make a new context with the container, and try again.',
  unauthorized: 'The token is wrong, has expired or was revoked: relicense login, or set RELICENSE_TOKEN.',
  forbidden: 'Use a token with that scope: relicense tokens create --scope ...',
  'container-retired': 'Nothing can reach it any more; its licenses are where its retirement has put them.',
  'not-found': 'Is it spelled rightly, and on this server? relicense status tells which one that is.',
  'order-exists': 'relicense orders show ORDER shows it; another order needs another id.',
  'dependency-violation':
    'Withdraw the dependent licenses as well, in the same command: their order does not matter. Or replace them first by what does not require it.',
  'manual-conflict': 'Leave out what is named, and try again.',
  'container-diverged':
    'The container was restored from an old copy, cloned or tampered with. If it is gone for good: relicense containers retire.',
  'too-many-outstanding': 'Let the container import its updates and send its receipt first.',
  'reprogramming-in-flight':
    'Wait for the container’s receipt, and try again; relicense containers history shows when it has come.',
  'license-final': 'relicense licenses history LICENSE shows how it came to that.',
  'identity-provider-unavailable':
    'Your identity provider is not reached; try again later, or use a token of the vendor.',
  'idempotency-key-in-use': 'The first attempt still runs; try again in a minute.',
  'idempotency-key-reused': 'Try again; a fresh key is made for each command.',
  'precondition-failed': 'Somebody has changed it in the meantime: look at it, and try again.',
  'payload-too-large': 'Send less at once.',
  'too-many-requests': 'Nothing was changed; try again in a moment.',
  'internal-error': 'Trying again is safe. If it goes on, the server’s log tells what broke.',
};

const FAILED_GATEWAY = /^http-\d+$/;

export function adviceOn({ code, status, afterLostAnswer }: ProblemError): string | undefined {
  if (afterLostAnswer && (code === 'not-found' || code === 'precondition-failed')) {
    return 'An earlier attempt got no answer: it may have done it already. Look before you go on.';
  }
  if (FAILED_GATEWAY.test(code) && status < 500) return 'Is that a Relicense server? relicense status tells which one.';
  return Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
}

/** Tells on stderr why it was not done and what to do; with `--json` as one JSON document. */
export async function printFailure(error: ProblemError | UnreachableError, session: Session): Promise<ExitCode> {
  const { io, json, style } = session;
  if (error instanceof UnreachableError) {
    const advice = 'Is it running, and is its address right? relicense status tells which one is asked.';
    if (json) io.err(`${JSON.stringify({ code: 'unreachable', detail: error.message, advice })}\n`);
    else io.err(`${style.red('Not reached.')} ${escapeForTerminal(error.message)}\n${advice}\n`);
    return EXIT.unreachable;
  }
  const advice = adviceOn(error);
  if (json) {
    io.err(`${JSON.stringify({ ...problemDocument(error), ...(advice === undefined ? {} : { advice }) })}\n`);
  } else {
    io.err(`${style.red(`${escapeForTerminal(error.title)}.`)} (${escapeForTerminal(error.code)})\n`);
    io.err(`${formatFaults(error)}\n`);
    io.err(await formatDependents(error, session));
    if (advice !== undefined) io.err(`${advice}\n`);
  }
  return error.status >= 500 || error.status === 429 ? EXIT.unreachable : EXIT.refused;
}

/** A problem as the server told it. */
export function problemDocument({ code, status, title, detail, members }: ProblemError): object {
  return { code, status, title, detail, ...members };
}

/** The detail; of an invalid request one fault on a line. */
function formatFaults({ detail, members: { errors } }: ProblemError): string {
  if (!Array.isArray(errors)) return escapeForTerminal(detail);
  return errors
    .map((fault: unknown) => {
      const { path, message } = Object(fault) as Readonly<Record<string, unknown>>;
      return `  ${typeof path === 'string' && path !== '' ? `${escapeForTerminal(path)}: ` : ''}${escapeForTerminal(String(message))}`;
    })
    .join('\n');
}

const MOST_DEPENDENTS = 20;

/** The licenses that are in the way, with their products: their ids alone tell nobody what would break. */
async function formatDependents({ members: { dependents } }: ProblemError, session: Session): Promise<string> {
  if (!Array.isArray(dependents)) return '';
  const ids = dependents.filter((id) => typeof id === 'string');
  const lines = await Promise.all(ids.slice(0, MOST_DEPENDENTS).map((id) => formatDependent(id, session)));
  const more = ids.length > MOST_DEPENDENTS ? [`  and ${ids.length - MOST_DEPENDENTS} more`] : [];
  return `${fields(lines)
    .split('\n')
    .map((line) => `  ${line}`)
    .concat(more)
    .join('\n')}\n`;
}

async function formatDependent(license: string, session: Session): Promise<[string, string]> {
  try {
    const { product, requires } = await session.client().getLicense({ params: { license } });
    return [escapeForTerminal(license), escapeForTerminal(`${product}, requires ${requires.join(', ')}`)];
  } catch (error) {
    // A token that may not read licenses, or a server that is gone meanwhile: the ids are what there is to say.
    if (error instanceof ProblemError || error instanceof UnreachableError) return [escapeForTerminal(license), ' '];
    throw error;
  }
}
