import { type Command as AnyCommand, commandOf } from '../terminal/command.ts';
import type { ExitCode } from '../terminal/exit.ts';
import type { Session } from './session.ts';

/** The kinds of values that the shell completion asks the server for, and files. */
export type Completes =
  | 'container'
  | 'customer'
  | 'endpoint'
  | 'file'
  | 'license'
  | 'order'
  | 'product'
  | 'token'
  | 'webhook';

export type Command = AnyCommand<Session, ExitCode, Completes>;

/** Defines a command of `relicense`. */
export const command = commandOf<Session, ExitCode, Completes>();
