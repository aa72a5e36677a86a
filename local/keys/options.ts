import { commandOf, type ParsedArguments } from '../../terminal/command.ts';
import type { ExitCode } from '../../terminal/exit.ts';
import type { KeyOptions, Session } from './session.ts';

/** Defines a command of `npm run keys`. */
export const command = commandOf<Session, ExitCode, 'file'>();

export const SERVER_OPTION = {
  server: {
    value: 'URL',
    help: 'a deployed server; default: $RELICENSE_SERVER, then the running npm start of $RELICENSE_HOME',
  },
} as const;

/** Which root keys sign. */
export const ROOT_OPTIONS = {
  'root-keys': {
    value: 'FILE',
    many: true,
    help: 'a file of root keys; default: root-keys.json of $RELICENSE_HOME',
    completes: 'file',
  },
  'root-key': { value: 'KMS-KEY', many: true, help: 'a root key in KMS, used with your own AWS credentials' },
} as const;

export const UPDATE_KEY_OPTION = {
  'update-key': {
    value: 'KMS-KEY',
    many: true,
    help: 'an update key in KMS; the functions of the stack must have it',
  },
} as const;

export function keyOptions(given: ParsedArguments<'server' | 'root-keys' | 'root-key'>): KeyOptions {
  return {
    server: given.text('server'),
    rootKeys: given.list('root-key'),
    rootFiles: given.list('root-keys'),
  };
}
