import type { Command, Program } from '../../terminal/command.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from '../../terminal/exit.ts';
import { exitCodes, paragraph } from '../../terminal/help.ts';
import { CHANGE_COMMANDS } from './change-commands.ts';
import { LIST } from './list-command.ts';
import type { Session } from './session.ts';

/** `npm run keys`: the operator's command for the keys that sign updates, leases and key sets. */
export const PROGRAM: Program<Command<Session, ExitCode>> = {
  name: 'npm run keys --',
  title: 'Changes the keys that sign updates, leases and key sets.',
  commands: [LIST, ...CHANGE_COMMANDS],
  groups: {},
  commonOptions: {},
  footer: [
    paragraph(
      'Without --server and RELICENSE_SERVER, the command works with the running npm start of RELICENSE_HOME and its key files. A deployed server needs RELICENSE_TOKEN, a token with the scopes key-sets:read and key-sets:write. Keys in KMS need your own AWS credentials and AWS_REGION.',
    ),
    exitCodes(EXIT, EXIT_MEANINGS),
  ],
};
