import { readServer } from '../../protocol/server-address.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { type Arguments, UsageError } from './command.ts';

/** The server that the command line names, if it does. */
export function serverOf(given: Arguments): string | undefined {
  const text = given.text('server');
  if (text === undefined) return undefined;
  const server = readServer(text);
  if (server === undefined)
    throw new UsageError(`${escapeForTerminal(text)} is no server address, such as https://licenses.example.com.`);
  return server;
}
