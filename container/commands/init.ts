import { readFile } from 'node:fs/promises';
import { parseJson } from '../../protocol/index.ts';
import { isExposed } from '../../protocol/server-address.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { Container } from '../container.ts';
import { ContainerError } from '../container-error.ts';
import { getVendorKeys } from '../depot.ts';
import { EXIT, type ExitCode } from '../help.ts';
import { type Arguments, type CommandContext, UsageError } from './command.ts';
import { printRefusal } from './refused.ts';
import { serverOf } from './server.ts';

const MAX_KEYS_BYTES = 1024 * 1024;

export async function initCommand(given: Arguments, surroundings: CommandContext): Promise<ExitCode> {
  const server = serverOf(given);
  const keysPath = given.text('keys');
  if (server === undefined && keysPath === undefined) throw new UsageError('Say --server URL or --keys JWKS.json.');
  let keys: unknown;
  if (keysPath !== undefined) {
    keys = await readKeys(keysPath);
  } else if (server !== undefined) {
    if (isExposed(server) && !given.switch('allow-http')) {
      throw new UsageError(`Keys from ${server} could be changed on their way: use https, --keys, or --allow-http.`);
    }
    const answered = await getVendorKeys(server, {});
    if (!answered.ok) return printRefusal(answered, surroundings);
    keys = answered.keys;
  }
  const container = await Container.create({ path: given.file, keys, server });
  surroundings.out(`Made ${given.file}.\nSerial: ${container.serial}\n`);
  for (const { kid } of container.vendorKeys) surroundings.out(`Pinned key: ${escapeForTerminal(kid)}\n`);
  return EXIT.done;
}

async function readKeys(path: string): Promise<unknown> {
  const json = parseJson(await readFile(path), { maxBytes: MAX_KEYS_BYTES });
  if (!json.ok) throw new ContainerError('vendor-keys', `${path} is no JWK set: ${json.code}.`);
  return json.value;
}
