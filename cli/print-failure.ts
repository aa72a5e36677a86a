import { ProblemError, UnreachableError } from '../client/index.ts';
import { EXIT, type ExitCode, isBusyOrFailed } from '../terminal/exit.ts';
import { printFailure as printToTerminal } from '../terminal/failure.ts';
import { fields } from '../terminal/table.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import type { Session } from './session.ts';
import { NOTHING_WRITTEN, type Written } from './written.ts';

/** What to do about a problem, by its code. */
export const ADVICE: Readonly<Record<string, string>> = {
  'invalid-request': 'Correct the fields above and try again.',
  'invalid-context': 'Make a new context with the container and try again.',
  'unsupported-version': 'Update relicense-container on the customer’s machine, or this server.',
  unauthorized: 'The token is wrong, has expired or was revoked. Run relicense login, or set RELICENSE_TOKEN.',
  forbidden: 'Use a token with that scope: relicense tokens create --scope ...',
  'container-retired':
    'A retired container cannot be changed. Its retirement withdrew its licenses or made them available again.',
  'not-found': 'Check the spelling. relicense status shows which server you use.',
  'method-not-allowed': 'Update relicense: the server does not know this method at this address.',
  'order-exists': 'relicense orders show ORDER shows it; a new order needs another id.',
  'order-in-revision': 'Nothing was changed. Try again in some seconds.',
  'order-cancelled': 'Sell a new order under another id: relicense orders create.',
  'product-in-use':
    'Withdraw those licenses, change those products and delete those SKU mappings. Or leave the product: it costs nothing.',
  'dependency-violation':
    'Withdraw the dependent licenses as well, in the same command and in any order. Or first replace them by products that do not require this one.',
  'container-diverged':
    'The container was restored from an old copy, cloned or changed; relicense containers history CONTAINER says which. If it is lost for good: relicense containers retire CONTAINER.',
  'too-many-outstanding': 'First let the container apply its updates and send its receipt.',
  'reprogramming-in-flight':
    'Wait for the container’s receipt and try again. relicense containers history CONTAINER shows when it arrives.',
  'key-set-refused': 'relicense key-sets list shows the newest key set. npm run keys makes the next one.',
  'workflow-busy':
    'Too many reprogrammings start or are open in the vendor’s AWS account. Run the command again later.',
  'no-key-set': 'The operator publishes the first key set: npm run keys -- init, see docs/deploy.md.',
  'license-final': 'relicense licenses history LICENSE shows what happened to it.',
  'identity-provider-unavailable':
    'The server cannot reach your identity provider. Try again later, or use a vendor token.',
  'idempotency-key-in-use': 'The first attempt is still running. Try again in a minute.',
  'idempotency-key-reused': 'Try again; each command uses a new key.',
  'precondition-required': 'Read the order first, and send its ETag in If-Match; relicense orders change does both.',
  'precondition-failed': 'Somebody else has changed it. Look at it and try again.',
  'payload-too-large': 'Send fewer items at once.',
  'too-many-requests': 'Nothing was changed. Try again in a moment.',
  'internal-error': 'Trying again is safe. If the error stays, look into the server’s log.',
};

const GATEWAY_CODE = /^http-\d+$/;

/** Only an assignment conflicts for a vendor. By the reason of its conflict. */
const CONFLICT_ADVICE: Readonly<Record<string, string>> = {
  'not-available':
    'relicense licenses show LICENSE shows where it is. The user of that container returns it first, or you sell another one.',
  'reserved-elsewhere':
    'relicense licenses show LICENSE shows for which container. If that is wrong, cancel that assignment first: relicense assign --cancel.',
  expired: 'Give it a later end first: relicense licenses renew LICENSE --expires DATE.',
};

/** How the server says that there is nothing to cancel. */
const NOTHING_PENDING = /^(?:No \w+ is pending for this license|The license is not assigned to )/;

/** What the caller should do; `undefined` for an unknown code. */
function adviceOn({ code, status, detail, afterLostAnswer, members }: ProblemError): string | undefined {
  if (afterLostAnswer && (code === 'not-found' || code === 'precondition-failed')) {
    return 'An earlier attempt got no answer and may have succeeded. Check before you continue.';
  }
  if (GATEWAY_CODE.test(code) && status < 500) return 'Is that a Relicense server? relicense status shows its address.';
  if (code === 'not-found' && NOTHING_PENDING.test(detail)) return 'relicense licenses show LICENSE shows its state.';
  if (code === 'manual-conflict') return adviceOnConflict(members.conflicts);
  return Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
}

function adviceOnConflict(conflicts: unknown): string | undefined {
  const [first]: unknown[] = Array.isArray(conflicts) ? conflicts : [];
  const { reason } = Object(first) as Readonly<Record<string, unknown>>;
  return typeof reason === 'string' && Object.hasOwn(CONFLICT_ADVICE, reason) ? CONFLICT_ADVICE[reason] : undefined;
}

/** Prints on stderr why the request failed and what to do; with `--json` as one line of JSON. */
export async function printFailure(
  error: ProblemError | UnreachableError,
  session: Session,
  written: Written = NOTHING_WRITTEN,
): Promise<ExitCode> {
  const { io, json } = session;
  if (error instanceof UnreachableError) {
    printToTerminal(io, json, {
      title: 'Not reached.',
      code: 'unreachable',
      lines: [escapeForTerminal(error.message)],
      advice: 'Is the server running, and is its address right? relicense status shows the address.',
      document: { detail: error.message },
    });
    return EXIT.unreachable;
  }
  printToTerminal(io, json, {
    title: `${error.title}.`,
    code: error.code,
    lines: json ? [] : [...formatFaults(error, written), ...(await formatDependents(error, session))],
    advice: fillIn(adviceOn(error), error, written),
    document: problemDocument(error),
  });
  return isBusyOrFailed(error.status) ? EXIT.unreachable : EXIT.refused;
}

/** A problem as the server sent it. */
export function problemDocument({ code, status, title, detail, members }: ProblemError): object {
  return { code, status, title, detail, ...members };
}

/** Puts the ids of this command into the commands of an advice: `relicense orders show SO-10`. */
function fillIn(advice: string | undefined, { members }: ProblemError, written: Written): string | undefined {
  return advice?.replaceAll(/\b(?:ORDER|LICENSE|CONTAINER)\b/g, (placeholder) => {
    const id =
      placeholder === 'ORDER' && typeof members.orderId === 'string' ? members.orderId : written.ids[placeholder];
    return id === undefined ? placeholder : quoteForShell(escapeForTerminal(id));
  });
}

function quoteForShell(text: string): string {
  return /^[\w.:@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The detail; for an invalid request one line per fault, with the argument or option that the person wrote. */
function formatFaults({ detail, members: { errors } }: ProblemError, written: Written): string[] {
  if (!Array.isArray(errors)) return [escapeForTerminal(detail)];
  return errors.map((fault: unknown) => {
    const { path, message } = Object(fault) as Readonly<Record<string, unknown>>;
    const name = typeof path === 'string' ? written.nameOf(path) : '';
    return `  ${name === '' ? '' : `${escapeForTerminal(name)}: `}${escapeForTerminal(String(message))}`;
  });
}

const MOST_DEPENDENTS = 20;

/** The licenses that prevent the change, with their products. */
async function formatDependents({ members: { dependents } }: ProblemError, session: Session): Promise<string[]> {
  if (!Array.isArray(dependents)) return [];
  const ids = dependents.filter((id) => typeof id === 'string');
  const lines = await Promise.all(ids.slice(0, MOST_DEPENDENTS).map((id) => formatDependent(id, session)));
  const more = ids.length > MOST_DEPENDENTS ? [`  and ${ids.length - MOST_DEPENDENTS} more`] : [];
  return fields(lines)
    .split('\n')
    .map((line) => `  ${line}`)
    .concat(more);
}

async function formatDependent(license: string, session: Session): Promise<[string, string]> {
  try {
    const { product, requires } = await session.client().getLicense({ params: { license } });
    return [escapeForTerminal(license), escapeForTerminal(`${product}, requires ${requires.join(', ')}`)];
  } catch (error) {
    // The token may not read licenses, or the server cannot be reached any more: show the id alone.
    if (error instanceof ProblemError || error instanceof UnreachableError) return [escapeForTerminal(license), ' '];
    throw error;
  }
}
