import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isObject } from '../../protocol/http-client.ts';
import { isOperation } from '../../protocol/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { printFailure } from '../../terminal/failure.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { isEmpty, reprogram, type ServerFile } from '../depot.ts';
import { MAX_REQUEST_FILE_BYTES, readRequestFile } from '../request-file.ts';
import { TIMEOUT_SECONDS } from '../sync.ts';
import { readCarried } from './carried.ts';
import { formatSteps } from './changes.ts';
import { command, json } from './command.ts';
import type { LicenseNames } from './license-names.ts';
import { formatAction, printRefusal } from './refused.ts';
import { retryNotice } from './retry-notice.ts';
import { serverOf } from './server.ts';
import { deadlineAfter, parseTimeout, TIMEOUT_OPTION } from './timeout.ts';

export const exchange = command('exchange', {
  summary: 'send the context or receipt of a machine without network',
  about:
    'Run it on a machine with network; it needs no container. It sends the file that context --out or apply --receipt wrote, and writes the update file for the other machine.',
  words: [{ name: 'FILE', help: 'the context, request or receipt of the other machine; - reads standard input' }],
  options: {
    server: { value: 'URL', required: true, help: 'the vendor’s server' },
    out: { value: 'PATH', help: 'write the update file; default: update.json' },
    timeout: TIMEOUT_OPTION,
  },
  examples: [
    'relicense-container exchange request.json --server https://licenses.example.com --out update.json',
    'relicense-container exchange receipt.txt --server https://licenses.example.com',
  ],
  json: 'document',
  async run(given, io) {
    const server = serverOf(given);
    if (server === undefined) throw new UsageError('Missing --server URL.');
    const options = { deadline: deadlineAfter(parseTimeout(given) ?? TIMEOUT_SECONDS) };
    const name = given.word(0);
    const bytes = await readCarried(name, MAX_REQUEST_FILE_BYTES, io);
    const request = bytes.length > MAX_REQUEST_FILE_BYTES ? undefined : readRequestFile(Buffer.from(bytes).toString());
    if (request === undefined) {
      const detail = `${name} is not a context, a request or a receipt.`;
      printFailure(io, given.is('json'), {
        title: 'The file cannot be sent.',
        code: 'request-file',
        lines: [escapeForTerminal(detail)],
        advice: 'Write it again on the other machine: relicense-container context --out request.json',
        document: { detail },
      });
      return EXIT.refused;
    }
    const answer = await reprogram(server, request, {
      ...options,
      onWait: () => io.err('Waiting for the update...\n'),
      onRetry: retryNotice(io),
    });
    const out = given.text('out') ?? 'update.json';
    const late = answer.ok || answer.kind !== 'problem' ? undefined : answer.problem.late;
    // By the answer, the next context of the other machine is newer (C1).
    if (late !== undefined) await writeFile(resolve(io.folder, out), json({ updates: [], late }));
    if (!answer.ok) {
      const code = printRefusal(answer, io, given.is('json'));
      if (late !== undefined && !given.is('json')) io.out(`Wrote the answer to ${out}.\n`);
      return code;
    }
    const { status, executed, dropped, file, more } = answer;
    const names = namesIn(file.updates);
    const hasAnswer = !isEmpty(file);
    if (hasAnswer) await writeFile(resolve(io.folder, out), json(file));
    if (given.is('json')) io.out(json({ status, executed, dropped, more, ...(hasAnswer ? { out } : {}) }));
    else {
      for (const action of dropped)
        io.out(`Dropped, because the vendor’s actions take precedence: ${formatAction(action, names)}\n`);
      if (!hasAnswer) io.out('The vendor has the file. There is nothing to carry back.\n');
      else {
        const what = contentsOf(file);
        io.out(
          file.updates.length === 0
            ? `Wrote ${out} with ${what}.\n`
            : `Wrote ${out} with ${what}:\n${formatSteps(executed, names).join('\n')}\n`,
        );
        io.out(`On the other machine: relicense-container apply ${out} --receipt receipt.txt\n`);
        if (more) io.out('There are more updates: after this file, exchange the receipt for them.\n');
      }
    }
    return dropped.length > 0 ? EXIT.partly : EXIT.done;
  },
});

/** What the update file brings, as the end of a sentence. */
function contentsOf({ updates, lease, keySets }: ServerFile): string {
  if (updates.length > 0) return pluralize(updates.length, 'update');
  if (lease !== undefined) return 'a new lease';
  return keySets === undefined ? 'the time of a newer context' : pluralize(keySets.length, 'key set');
}

/** The products of the licenses that unchecked updates put: for the eye only. */
function namesIn(updates: readonly unknown[]): LicenseNames {
  const operations = updates.flatMap((one) => (isObject(one) && Array.isArray(one.operations) ? one.operations : []));
  const put = operations.flatMap((one: unknown) => (isOperation(one) && one.op === 'put' ? [one.license] : []));
  return new Map(put.map(({ id, product }) => [id, { product }]));
}
