import { readServer } from '../../protocol/server-address.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';

/** The address in `--server`; `undefined` without that option. @throws UsageError */
export function serverOf(given: ParsedArguments<'server'>): string | undefined {
  const text = given.text('server');
  if (text === undefined) return undefined;
  const server = readServer(text);
  if (server !== undefined) return server;
  throw new UsageError(
    `Not a server address: ${escapeForTerminal(text)}. Give an address such as https://licenses.example.com.`,
  );
}
