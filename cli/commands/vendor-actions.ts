import { type Answer, ProblemError } from '../../client/index.ts';
import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT } from '../../terminal/exit.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { CONTAINER, resolveContainer } from '../containers.ts';
import { formatTerms, formatUsable } from '../format.ts';
import { printDocument } from '../output.ts';
import { parseEnd, parseWholeNumber } from '../parse-values.ts';
import { readIds } from '../read-file.ts';
import { runForEach } from '../run-for-each.ts';
import type { Session } from '../session.ts';
import { formatContainerName } from '../short-serial.ts';
import { formatLicense } from './license-layout.ts';
import { LICENSE } from './licenses.ts';
import { parseCrit, parseTerms, TERMS_OPTIONS, type TermsOption } from './terms-options.ts';

const REASON = { value: 'TEXT', help: 'why; the history shows it' } as const;
const CANCEL = { help: 'cancel the action, as long as no update carries it out' } as const;

const LICENSES = {
  ...LICENSE,
  help: 'the licenses’ ids; a single - reads them from standard input',
  many: true,
} as const;

const withdraw = command('withdraw', {
  summary: 'take licenses back',
  about:
    'An available license is withdrawn at once; this is final, so it asks first. A license in a container is removed by the container’s next update, whatever causes that update. Until then --cancel cancels the withdrawal. Licenses that depend on each other can be given in any order.',
  words: [LICENSES],
  options: { reason: REASON, cancel: CANCEL, ...YES_OPTION },
  examples: [
    'relicense withdraw LICENSE --reason "sold by mistake" --yes',
    'relicense withdraw COLLECTED --json',
    'relicense withdraw WITHDRAWING --cancel',
    'relicense withdraw LICENSE OTHER --yes',
    'relicense licenses list --order ORDER --json | jq -r .id | relicense withdraw - --yes',
  ],
  json: 'lines',
  async run(given, session) {
    const ids = await readIds(session.io, given.words);
    const client = session.client();
    if (given.is('cancel')) {
      refuseWithCancel(given, ['reason']);
      return runForEach(session, {
        ids,
        what: 'license',
        work: async (license) => ({
          answer: await client.cancelWithdrawal({ params: { license } }),
          text: `${escapeForTerminal(license)} stays where it is; the withdrawal is cancelled.`,
        }),
      });
    }
    const question = given.is('yes') ? undefined : await questionFor(session, ids);
    if (question !== undefined && !(await confirm(given, session, question))) return EXIT.unconfirmed;
    const body = { reason: given.text('reason') };
    return runForEach(session, {
      ids,
      what: 'license',
      work: async (license) => {
        const answer = await client.withdrawLicense({ params: { license }, body });
        const text =
          answer.status === 'withdrawn'
            ? `${escapeForTerminal(license)} is withdrawn.`
            : `${escapeForTerminal(license)} will be withdrawn by the next update of ${formatContainerName(answer.container)}${answer.effectiveBy === undefined ? '' : `; it ${formatUsable(answer.effectiveBy)}`}.`;
        return { answer, text };
      },
    });
  },
});

/** The question before a withdrawal; `undefined` if it needs none, because --cancel can take it back or the server refuses it. */
async function questionFor(session: Session, ids: readonly string[]): Promise<string | undefined> {
  const [license = '', ...others] = ids;
  if (others.length > 0) return `Withdraw ${pluralize(ids.length, 'license')}?`;
  const name = escapeForTerminal(license);
  try {
    const { state, product, orderId } = await session.client().getLicense({ params: { license } });
    if (state !== 'available') return undefined;
    return `Withdraw ${name} (${escapeForTerminal(product)}, order ${escapeForTerminal(orderId)}) at once? This is final.`;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status >= 500) throw error;
    // The token may withdraw licenses, but not read them.
    return error.code === 'forbidden' ? `Withdraw ${name}? If it is available, this is final.` : undefined;
  }
}

const replace = command('replace', {
  summary: 'replace a license by another one',
  about:
    'Terms that are not given stay as they are; --terms sets all of them. A license in a container is replaced by the container’s next update.',
  words: [LICENSE],
  options: {
    product: { value: 'PRODUCT', help: 'another product', completes: 'product' },
    ...TERMS_OPTIONS,
    terms: { value: 'JSON', help: 'all terms of the new license, such as {"quantity": 5}' },
    reason: REASON,
    cancel: CANCEL,
  },
  examples: [
    'relicense replace LICENSE --product PRODUCT --reason "wrong edition"',
    'relicense replace COLLECTED --expires 2037-01-31 --quantity 5 --lease-days 30',
    'relicense replace LICENSE --terms "{}" --json',
    'relicense replace REPLACING --cancel',
  ],
  json: 'document',
  async run(given, session) {
    const license = given.word(0);
    const client = session.client();
    if (given.is('cancel')) {
      refuseWithCancel(given, ['product', 'terms', 'reason', ...TERM_NAMES]);
      const answer = await client.cancelReplacement({ params: { license } });
      printDocument(
        session,
        answer,
        () => `${escapeForTerminal(license)} stays as it is; the replacement is cancelled.`,
      );
      return EXIT.done;
    }
    const single = parseTerms(given);
    const exact = parseTermsJson(given.text('terms'));
    if (single !== undefined && exact !== undefined) {
      throw new UsageError('Use --terms or single terms such as --expires, not both.');
    }
    const product = given.text('product');
    const crit = parseCrit(given);
    if (product === undefined && single === undefined && exact === undefined && crit === undefined) {
      throw new UsageError('Missing --product, --terms or a term such as --expires: describe the new license.');
    }
    const terms = exact ?? (single === undefined ? undefined : { ...(await currentTerms()), ...single });
    const body = defined({ product, reason: given.text('reason'), terms, crit });
    const answer = await client.replaceLicense({ params: { license }, body });
    printDocument(session, answer, () => {
      const how =
        answer.status === 'replaced'
          ? 'is replaced by'
          : `will be replaced, with the next update of ${formatContainerName(answer.container)}, by`;
      const until = answer.status === 'replaced' ? undefined : answer.effectiveBy;
      const text = `${escapeForTerminal(license)} ${how}\n\n${formatLicense(session, answer.license)}`;
      return until === undefined ? text : `${text}\n\nThe old license ${formatUsable(until)}.`;
    });
    return EXIT.done;

    async function currentTerms(): Promise<NewTerms> {
      const { terms: current } = await client.getLicense({ params: { license } });
      const values = Object.entries(current).map(
        ([name, value]) => [name, isList(value) ? [...value] : value] as const,
      );
      return Object.fromEntries(values);
    }
  },
});

type TermOfAnswer = Answer<'getLicense'>['terms'][string];

/** `Array.isArray` does not narrow a readonly list. */
function isList(value: TermOfAnswer): value is readonly string[] {
  return Array.isArray(value);
}

const TERM_NAMES = Object.keys(TERMS_OPTIONS) as TermsOption[];

type NewTerms = NonNullable<ReturnType<typeof parseTerms>>;

/** Parses `--terms`. @throws UsageError */
export function parseTermsJson(text: string | undefined): NewTerms | undefined {
  if (text === undefined) return undefined;
  try {
    // The server validates the terms and reports all errors at once.
    return JSON.parse(text) as NewTerms;
  } catch (error) {
    throw new UsageError(`--terms is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
}

const RENEWABLE = ['expires', 'maintenance', 'lease-days'] as const;

const renew = command('licenses renew', {
  summary: 'change the end or the lease of licenses in place',
  about:
    'A license keeps its id and its other terms. An available license is renewed at once, a license in a container by the container’s next update, whatever causes that update. Until then --cancel cancels the renewal.',
  words: [LICENSES],
  options: {
    expires: TERMS_OPTIONS.expires,
    maintenance: TERMS_OPTIONS.maintenance,
    'lease-days': TERMS_OPTIONS['lease-days'],
    reason: REASON,
    cancel: CANCEL,
  },
  examples: [
    'relicense licenses renew LICENSE --expires 2037-01-31 --reason "invoice 4711"',
    'relicense licenses renew COLLECTED --maintenance 2037-01-31 --lease-days 30 --json',
    'relicense licenses renew RENEWING --cancel',
    'relicense licenses list --order ORDER --json | jq -r .id | relicense licenses renew - --expires 2037-01-31',
  ],
  json: 'lines',
  async run(given, session) {
    const ids = await readIds(session.io, given.words);
    const client = session.client();
    if (given.is('cancel')) {
      refuseWithCancel(given, ['reason', ...RENEWABLE]);
      return runForEach(session, {
        ids,
        what: 'license',
        work: async (license) => ({
          answer: await client.cancelRenewal({ params: { license } }),
          text: `${escapeForTerminal(license)} keeps its terms; the renewal is cancelled.`,
        }),
      });
    }
    const terms = defined({
      expiresAt: parseEnd('expires', given.text('expires')),
      maintenanceUntil: parseEnd('maintenance', given.text('maintenance')),
      leaseDays: parseWholeNumber('lease-days', given.text('lease-days')),
    });
    if (Object.keys(terms).length === 0) {
      throw new UsageError('Missing --expires, --maintenance or --lease-days: name a term to renew.');
    }
    const body = { ...terms, reason: given.text('reason') };
    return runForEach(session, {
      ids,
      what: 'license',
      work: async (license) => {
        const answer = await client.renewLicense({ params: { license }, body });
        const text =
          answer.status === 'renewed'
            ? `${escapeForTerminal(license)} is renewed: ${escapeForTerminal(formatTerms(answer.license.terms))}.`
            : `${escapeForTerminal(license)} will be renewed by the next update of ${formatContainerName(answer.container)}.`;
        return { answer, text };
      },
    });
  },
});

const assign = command('assign', {
  summary: 'bind an available license to a container',
  about: 'It is reserved for that container, which collects it with its next update. The user does nothing.',
  words: [LICENSE, CONTAINER],
  options: { reason: REASON, cancel: CANCEL },
  examples: ['relicense assign LICENSE CONTAINER --reason "goodwill"', 'relicense assign ASSIGNED CONTAINER --cancel'],
  json: 'document',
  async run(given, session) {
    const params = { license: given.word(0), serial: await resolveContainer(session, given.word(1)) };
    const client = session.client();
    if (given.is('cancel')) {
      refuseWithCancel(given, ['reason']);
      const answer = await client.cancelAssignment({ params });
      printDocument(
        session,
        answer,
        () => `${escapeForTerminal(params.license)} is available again; the assignment is cancelled.`,
      );
      return EXIT.done;
    }
    const answer: Answer<'assignLicense'> = await client.assignLicense({
      params,
      body: { reason: given.text('reason') },
    });
    printDocument(
      session,
      answer,
      () =>
        `${escapeForTerminal(params.license)} will be collected by the next update of ${formatContainerName(answer.container)}.`,
    );
    return EXIT.done;
  },
});

function refuseWithCancel<Name extends string>(given: ParsedArguments<Name>, options: readonly Name[]): void {
  const both = options.find((name) => given.text(name) !== undefined);
  if (both !== undefined) throw new UsageError(`Use --cancel or --${both}, not both.`);
}

export const VENDOR_ACTION_COMMANDS = [withdraw, replace, renew, assign];
