import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseJson } from '../../protocol/index.ts';
import { isExposed } from '../../protocol/server-address.ts';
import { EXIT } from '../../terminal/exit.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { ContainerError } from '../container-error.ts';
import { getKeySets } from '../depot.ts';
import { FileContainer as Container } from '../file-container.ts';
import { TIMEOUT_SECONDS } from '../sync.ts';
import { command, fileOf } from './command.ts';
import { printRefusal } from './refused.ts';
import { serverOf } from './server.ts';
import { deadlineAfter, parseTimeout, TIMEOUT_OPTION } from './timeout.ts';

const MAX_KEYS_BYTES = 1024 * 1024;

export const init = command('init', {
  summary: 'create a container and store the vendor’s key sets',
  about:
    'The new container is empty. It accepts only updates that are signed with a key of the newest key set. An existing file is never overwritten.',
  options: {
    server: {
      value: 'URL',
      help: 'take the key sets from URL/.well-known/relicense-keys, and remember the server for sync',
    },
    keys: {
      value: 'PATH',
      help: 'take the key sets from a file; with --server, the server is only remembered',
    },
    timeout: TIMEOUT_OPTION,
    'allow-http': { help: 'take keys over plain http from another machine, although others could change them' },
  },
  examples: [
    'relicense-container init --server https://licenses.example.com',
    'relicense-container init --keys relicense-keys.json --file /var/lib/example/container.json',
  ],
  async run(given, io) {
    const server = serverOf(given);
    const keysPath = given.text('keys');
    let keys: unknown;
    if (keysPath !== undefined) {
      keys = await readKeys(resolve(io.folder, keysPath));
    } else if (server !== undefined) {
      if (isExposed(server) && !given.is('allow-http')) {
        throw new UsageError(
          `Others could change the keys on their way from ${server}: use https, or add --keys or --allow-http.`,
        );
      }
      const answer = await getKeySets(server, { deadline: deadlineAfter(parseTimeout(given) ?? TIMEOUT_SECONDS) });
      if (!answer.ok) return printRefusal(answer, io, false);
      keys = answer.keys;
    } else {
      throw new UsageError('Missing --server URL or --keys PATH.');
    }
    const path = fileOf(given, io);
    const container = await Container.create({ path, keys, server });
    io.out(`Created ${path}.\nSerial: ${container.serial}\n`);
    io.out(`Vendor: ${escapeForTerminal(container.issuer)}, key set ${container.keySet.version}\n`);
    return EXIT.done;
  },
});

async function readKeys(path: string): Promise<unknown> {
  const json = parseJson(await readFile(path), { maxBytes: MAX_KEYS_BYTES });
  if (!json.ok) throw new ContainerError('key-sets', `${path} is not a list of key sets: ${json.code}.`);
  return json.value;
}
