import { EXIT } from '../../terminal/exit.ts';
import { printFailure } from '../../terminal/failure.ts';
import { capitalized, escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import type { CheckReason, CheckResult } from '../check.ts';
import { ContainerError, type ContainerFault } from '../container-error.ts';
import { command, fileOf, json } from './command.ts';
import { CHECK_EXIT, CHECK_MEANINGS } from './exit.ts';
import { openTrusted, TRUST_OPTION } from './open.ts';

/** What is wrong with a file that was damaged or edited. Other faults say nothing about its content. */
const DAMAGED: readonly ContainerFault[] = ['too-large', 'malformed', 'version', 'schema', 'checksum', 'key'];

const ADVICE: Readonly<Partial<Record<CheckReason, string>>> = {
  'no-license': 'To activate a license: relicense-container sync --ticket CODE --all',
  expired: 'Ask the vendor for a renewal, and then: relicense-container sync',
  'maintenance-ended': 'Use an earlier version of the program, or ask the vendor to renew the maintenance.',
  'requires-unmet': 'Activate a license for the required product. relicense-container show lists what is required.',
  unsealed: 'Run relicense-container sync, which gets a new proof. If the file was edited, create a new container.',
  'lease-ended': 'Run relicense-container sync, which renews the lease.',
  'clock-set-back': 'Set the clock of this machine.',
  'not-understood': 'Install a newer version of the program.',
  'file-damaged': 'Restore nothing: create a new container, and ask the vendor to retire this one.',
};

export const check = command('check', {
  summary: 'answer whether a product can be used on this machine now',
  about:
    'It needs no network. Each reason has its own exit code, from 10 up, so that a program in any language can call it. Give --trust: without it the keys in the file are used, and the owner of the machine can replace them.',
  options: {
    product: { value: 'CODE', required: true, help: 'the product' },
    feature: { value: 'NAME', help: 'a feature that the license must have' },
    released: { value: 'DATE', help: 'when this version of the program was released' },
    trust: TRUST_OPTION,
    understands: { value: 'TERM', many: true, help: 'a term of the vendor’s own that the program obeys' },
  },
  examples: [
    'relicense-container check --product cad --trust relicense-keys.json',
    'relicense-container check --product cad --feature render --released 2027-01-31 --json',
  ],
  json: 'document',
  async run(given, io) {
    const product = given.text('product') ?? '';
    const released = given.text('released');
    if (released !== undefined && Number.isNaN(Date.parse(released)))
      throw new UsageError(`--released is not a date: ${escapeForTerminal(released)}. Give one such as 2027-01-31.`);
    const options = { feature: given.text('feature'), released, understands: given.list('understands') };
    let result: CheckResult;
    let detail: string | undefined;
    try {
      result = await (await openTrusted(given, fileOf(given, io), io)).check(product, options);
    } catch (error) {
      if (!(error instanceof ContainerError) || !DAMAGED.includes(error.code)) throw error;
      result = { ok: false, reason: 'file-damaged' };
      detail = error.message;
    }
    if (given.is('json')) io.out(json(result));
    if (result.ok) {
      const { license, until, features } = result;
      const more = [
        `license ${license}`,
        until === undefined ? 'no end' : `until ${until}`,
        ...(features.length > 0 ? [`features ${features.join(', ')}`] : []),
      ];
      if (!given.is('json')) io.out(escapeForTerminal(`${product} can be used: ${more.join('; ')}.`).concat('\n'));
      return EXIT.done;
    }
    const { reason } = result;
    printFailure(io, given.is('json'), {
      title: `${product} cannot be used.`,
      code: reason,
      lines: [`${capitalized(CHECK_MEANINGS[reason])}.`, ...(detail === undefined ? [] : [escapeForTerminal(detail)])],
      advice: ADVICE[reason],
      document: { detail: detail ?? `${capitalized(CHECK_MEANINGS[reason])}.` },
    });
    return CHECK_EXIT[reason];
  },
});
