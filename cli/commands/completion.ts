import { EXIT } from '../../terminal/exit.ts';
import { command } from '../command.ts';
import { COMPLETION_SCRIPTS, SHELLS } from '../completion/scripts.ts';

const completion = command('completion', {
  summary: 'print the completion script of a shell',
  about:
    'It completes commands, options and their values. It asks the server for ids and codes, for at most one second. For bash: source <(relicense completion bash), in ~/.bashrc. For zsh: relicense completion zsh > _relicense, in a folder of $fpath. For fish: relicense completion fish > ~/.config/fish/completions/relicense.fish.',
  words: [{ name: 'SHELL', help: 'the shell', choices: SHELLS }],
  examples: ['relicense completion bash', 'relicense completion zsh', 'relicense completion fish'],
  async run(given, { io }) {
    const shell = SHELLS.find((name) => name === given.word(0)) ?? 'bash';
    io.out(COMPLETION_SCRIPTS[shell]);
    return EXIT.done;
  },
});

export const COMPLETION_COMMANDS = [completion];
