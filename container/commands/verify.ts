import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT } from '../../terminal/exit.ts';
import { outputStyle } from '../../terminal/style.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { ContainerError } from '../container-error.ts';
import type { FileContainer } from '../file-container.ts';
import { command, fileOf, type Io, json } from './command.ts';
import { openTrusted, TRUST_OPTION } from './open.ts';
import { viewSeal } from './seal.ts';

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const verify = command('verify', {
  summary: 'check the container file',
  about:
    'It checks form and checksum, the key, the content, its seal, and who can read the file. The exit code is 1 when a check fails. Without --trust the seal is checked with the keys in the file, which its owner can replace.',
  examples: ['relicense-container verify', 'relicense-container verify --file /backup/container.json'],
  options: { trust: TRUST_OPTION },
  json: 'document',
  async run(given, io) {
    const checks = await runChecks(given, io);
    const ok = checks.every((check) => check.ok);
    if (given.is('json')) io.out(json({ ok, checks }));
    else {
      const { green, red } = outputStyle(io);
      for (const { check, ok, detail } of checks) {
        io.out(`${ok ? green('ok ') : red('BAD')}  ${check.padEnd(11)}  ${detail}\n`);
      }
    }
    return ok ? EXIT.done : EXIT.refused;
  },
});

async function runChecks(given: ParsedArguments<'trust'>, io: Io): Promise<Check[]> {
  let container: FileContainer;
  try {
    // Its warning about the mode is one of the checks.
    container = await openTrusted(given, fileOf(given, io), { ...io, err: () => undefined });
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    return [{ check: error.code, ok: false, detail: error.message }];
  }
  const { serial, content, keySet } = container;
  const seal = await viewSeal(container);
  const products = [...new Set(content.licenses.map(({ product }) => product))];
  const digest = await container.digest();
  const exposed = await container.isExposed();
  return [
    { check: 'file', ok: true, detail: 'the form and the checksum are valid' },
    { check: 'key', ok: true, detail: `the private key belongs to ${serial}` },
    {
      check: 'content',
      ok: true,
      detail: `counter ${content.counter}, ${pluralize(content.licenses.length, 'license')}, ${digest}`,
    },
    { check: 'seal', ok: seal.ok, detail: seal.document.sealed ? `sealed ${seal.text}` : seal.text },
    { check: 'products', ok: true, detail: products.map(escapeForTerminal).join(', ') || 'none' },
    { check: 'key-set', ok: true, detail: `key set ${keySet.version} of ${escapeForTerminal(keySet.iss)}` },
    {
      check: 'mode',
      ok: !exposed,
      detail: exposed ? 'other users can read the private key: chmod 600' : 'only the owner can read it',
    },
  ];
}
