import type { Answer } from '../../client/index.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { isConfirmed, YES_OPTION } from '../ask.ts';
import { command, type ParsedArguments } from '../command.ts';
import { EXIT } from '../exit.ts';
import { UsageError } from '../io.ts';
import { printDocument } from '../output.ts';
import { wordsOrInput } from '../read-file.ts';
import { runForEach } from '../several.ts';
import { formatLicense } from './license-layout.ts';
import { LICENSE } from './licenses.ts';
import { TERMS_OPTIONS, termsOf } from './terms-options.ts';

const REASON = { value: 'TEXT', help: 'why; it stands in the history' } as const;
const CANCEL = { help: 'take the order back, as long as no update carries it out' } as const;

const LICENSES = {
  ...LICENSE,
  help: 'the licenses’ ids; a single - reads them from standard input',
  many: true,
} as const;

const withdraw = command('withdraw', {
  summary: 'take licenses back',
  about:
    'An available license is withdrawn at once, which is final. One that a container holds is taken by the container’s next update, whatever causes it; until an update carries it out, --cancel takes the order back. Licenses that depend on each other can be given in any order.',
  words: [LICENSES],
  options: { reason: REASON, cancel: CANCEL, ...YES_OPTION },
  examples: [
    'relicense withdraw LICENSE --reason "sold by mistake"',
    'relicense withdraw COLLECTED --json',
    'relicense withdraw WITHDRAWING --cancel',
    'relicense withdraw LICENSE OTHER --yes',
    'relicense licenses list --order ORDER --json | jq -r .id | relicense withdraw - --yes',
  ],
  json: 'lines',
  async run(given, session) {
    const ids = await wordsOrInput(session.io, given.words);
    const client = session.client();
    if (given.is('cancel')) {
      refuseWithCancel(given, ['reason']);
      return runForEach(session, {
        ids,
        what: 'license',
        work: async (license) => ({
          answer: await client.cancelWithdrawal({ params: { license } }),
          inWords: `${escapeForTerminal(license)} stays where it is; the withdrawal is cancelled.`,
        }),
      });
    }
    const question = `Withdraw ${pluralize(ids.length, 'license')}?`;
    if (ids.length > 1 && !(await isConfirmed(given, session, question))) return EXIT.unconfirmed;
    const body = { reason: given.text('reason') };
    return runForEach(session, {
      ids,
      what: 'license',
      work: async (license) => {
        const answer = await client.withdrawLicense({ params: { license }, body });
        const inWords =
          answer.status === 'withdrawn'
            ? `${escapeForTerminal(license)} is withdrawn.`
            : `${escapeForTerminal(license)} is withdrawn by the next update of container ${answer.container}.`;
        return { answer, inWords };
      },
    });
  },
});

const replace = command('replace', {
  summary: 'swap a license for another one',
  about:
    'Terms that are not named stay as they are; --terms says all of them. A license that a container holds is swapped by the container’s next update.',
  words: [LICENSE],
  options: {
    product: { value: 'PRODUCT', help: 'another product', completes: 'product' },
    ...TERMS_OPTIONS,
    terms: { value: 'JSON', help: 'exactly these terms, such as {"quantity": 5}, in place of all old ones' },
    reason: REASON,
    cancel: CANCEL,
  },
  examples: [
    'relicense replace LICENSE --product PRODUCT --reason "wrong edition"',
    'relicense replace COLLECTED --expires 2037-01-31 --quantity 5',
    'relicense replace LICENSE --terms "{}" --json',
    'relicense replace REPLACING --cancel',
  ],
  json: 'document',
  async run(given, session) {
    const license = given.word(0);
    const client = session.client();
    if (given.is('cancel')) {
      refuseWithCancel(given, ['product', 'terms', 'reason', 'expires', 'maintenance', 'quantity', 'feature']);
      const answer = await client.cancelReplacement({ params: { license } });
      printDocument(
        session,
        answer,
        () => `${escapeForTerminal(license)} stays as it is; the replacement is cancelled.`,
      );
      return EXIT.done;
    }
    const named = termsOf(given);
    const exact = exactTerms(given.text('terms'));
    if (named !== undefined && exact !== undefined) {
      throw new UsageError('Say --terms, or single terms, not both.');
    }
    const product = given.text('product');
    if (product === undefined && named === undefined && exact === undefined) {
      throw new UsageError('Say what the new license is: --product, terms such as --expires, or --terms.');
    }
    const terms = exact ?? (named === undefined ? undefined : { ...(await currentTerms()), ...named });
    const body = { product, reason: given.text('reason'), ...(terms === undefined ? {} : { terms }) };
    const answer = await client.replaceLicense({ params: { license }, body });
    printDocument(session, answer, () => {
      const how =
        answer.status === 'replaced'
          ? 'is replaced by'
          : `is replaced by the next update of container ${answer.container} by`;
      return `${escapeForTerminal(license)} ${how}\n\n${formatLicense(session, answer.license)}`;
    });
    return EXIT.done;

    async function currentTerms(): Promise<NewTerms> {
      const { terms: current } = await client.getLicense({ params: { license } });
      const { features, ...others } = current;
      return { ...others, ...(features === undefined ? {} : { features: [...features] }) };
    }
  },
});

type NewTerms = NonNullable<ReturnType<typeof termsOf>>;

export function exactTerms(text: string | undefined): NewTerms | undefined {
  if (text === undefined) return undefined;
  try {
    // The server checks it, and names every fault at once.
    return JSON.parse(text) as NewTerms;
  } catch (error) {
    throw new UsageError(`--terms is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

const assign = command('assign', {
  summary: 'bind an available license to a container',
  about: 'It is reserved for that container, and collected by its next update without the user doing anything.',
  words: [LICENSE, { name: 'CONTAINER', help: 'the container’s serial', completes: 'container' }],
  options: { reason: REASON, cancel: CANCEL },
  examples: ['relicense assign LICENSE CONTAINER --reason "goodwill"', 'relicense assign ASSIGNED CONTAINER --cancel'],
  json: 'document',
  async run(given, session) {
    const params = { license: given.word(0), serial: given.word(1) };
    const client = session.client();
    if (given.is('cancel')) {
      refuseWithCancel(given, ['reason']);
      const answer = await client.cancelAssignment({ params });
      printDocument(
        session,
        answer,
        () => `${escapeForTerminal(params.license)} is free again; the assignment is cancelled.`,
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
      () => `${escapeForTerminal(params.license)} is collected by the next update of container ${answer.container}.`,
    );
    return EXIT.done;
  },
});

function refuseWithCancel<Name extends string>(given: ParsedArguments<Name>, options: readonly Name[]): void {
  const both = options.find((name) => given.text(name) !== undefined);
  if (both !== undefined) throw new UsageError(`Say --cancel or --${both}, not both.`);
}

export const LICENSE_ORDER_COMMANDS = [withdraw, replace, assign];
