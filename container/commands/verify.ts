import { EXIT } from '../../terminal/exit.ts';
import { outputStyle } from '../../terminal/style.ts';
import { pluralize } from '../../terminal/text.ts';
import { ContainerError } from '../container-error.ts';
import { FileContainer as Container } from '../file-container.ts';
import { command, fileOf, json } from './command.ts';

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const verify = command('verify', {
  summary: 'check the container file',
  about:
    'It checks form and checksum, the key, the content, the pinned keys, and who can read the file. The exit code is 1 when a check fails.',
  examples: ['relicense-container verify', 'relicense-container verify --file /backup/container.json'],
  json: 'document',
  async run(given, io) {
    const checks = await runChecks(fileOf(given, io));
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

async function runChecks(file: string): Promise<Check[]> {
  let container: Container;
  try {
    container = await Container.open(file);
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    return [{ check: error.code, ok: false, detail: error.message }];
  }
  const { serial, content, keySet } = container;
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
    { check: 'key-set', ok: true, detail: `key set ${keySet.version} of ${keySet.iss}` },
    {
      check: 'mode',
      ok: !exposed,
      detail: exposed ? 'other users can read the private key: chmod 600' : 'only the owner can read it',
    },
  ];
}
