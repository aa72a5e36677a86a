/** Runs the blocks of `docs/support.md` as they stand: the vendor's commands at a terminal, the customer's on their machines. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommandLine as runContainer } from '../../container/command-line.ts';
import { REPOSITORY } from './child-runtime.ts';
import { runCommandLine } from './command-line.ts';
import type { World } from './world.ts';

export const SUPPORT_PAGE = join(REPOSITORY, 'docs', 'support.md');

/** A block of commands, and the output that the page shows below it. */
export interface Block {
  readonly commands: string;
  /** `undefined` if the page shows none. */
  readonly shown: string | undefined;
}

/** A section of the page with commands: a question of a customer. */
export interface Task {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const BLOCK = /^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;

export function tasksOf(page: string): Task[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      title: section.slice(0, section.indexOf('\n')),
      blocks: [...section.matchAll(BLOCK)].map(([, commands = '', shown]) => ({ commands, shown })),
    }))
    .filter(({ blocks }) => blocks.length > 0);
}

/** The page with these outputs of a task in the place of the outputs that it shows. */
export function withOutputs(page: string, task: Task, outputs: readonly string[]): string {
  let index = 0;
  const begin = page.indexOf(`## ${task.title}\n`);
  const end = page.indexOf('\n## ', begin);
  const section = page.slice(begin, end < 0 ? undefined : end).replace(BLOCK, (block, _commands, shown?: string) => {
    const output = outputs[index++] ?? '';
    return shown === undefined ? block : block.replace(`\`\`\`text\n${shown}`, () => `\`\`\`text\n${output}`);
  });
  return page.slice(0, begin) + section + (end < 0 ? '' : page.slice(end));
}

/** What differs from run to run, with its kind. Each is replaced by its kind and a number: one thing, one number. */
const VARYING = [
  ['ticket', /\b[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){4}\b/g],
  ['serial', /(?<![\w-])[\w-]{43}(?![\w-])/g],
  ['short', /(?<![\w-])[\w-]{8}…/g],
  ['license', /\b000[0-9A-HJKMNP-TV-Z]{17}\b/g],
  ['bulk', /\b[0-9A-HJKMNP-TV-Z]{25}\b/g],
  ['time', /\b20\d\d-\d\d-\d\d(?: \d\d:\d\d:\d\d)?/g],
] as const;

/** The text without what differs from run to run, to compare two runs. */
export function withoutVarying(text: string): string {
  return VARYING.reduce((rest, [kind, pattern]) => {
    const found = new Map<string, number>();
    return rest.replace(pattern, (value) => {
      if (kind === 'time') return '<time>';
      const number = found.get(value) ?? found.size + 1;
      found.set(value, number);
      return `<${kind} ${number}>`;
    });
  }, text);
}

/** The server that the page names; its commands reach the test's server instead. */
const SERVER_OF_THE_PAGE = 'https://licenses.example.com';
const DESK = 'your desk';
/** Columns of the terminal at the desk: the width of a block on the page. */
const COLUMNS = 100;
const TRAVELS = /^(?:context|request|update|receipt)\./;
const ASSIGNMENT = /^([A-Z]+)=(\S+)$/gm;
const WORD = /"([^"]*)"|(\S+)/g;

export class SupportDesk {
  readonly #world: World;
  readonly #folder: string;

  constructor(world: World, folder: string) {
    this.#world = world;
    this.#folder = folder;
  }

  /**
   * Runs the blocks of a task and returns the output of each. The variables of the scene take the place of the values of
   * the example that the page assigns.
   *
   * @throws Error if a command does not end with 0.
   */
  async run(task: Task, scene: Readonly<Record<string, string>>): Promise<string[]> {
    const variables = new Map(Object.entries(scene));
    // The page shows the values of its example, not those of this run.
    const examples = task.blocks.flatMap(({ commands }) => [...commands.matchAll(ASSIGNMENT)]);
    const asOnPage = (text: string): string =>
      examples.reduce((rest, [, name = '', value = '']) => {
        const actual = variables.get(name) ?? value;
        return rest.replaceAll(actual, value).replaceAll(`${actual.slice(0, 8)}…`, `${value.slice(0, 8)}…`);
      }, text);
    const outputs: string[] = [];
    for (const { commands } of task.blocks) {
      const printed: string[] = [];
      let machine = DESK;
      for (const line of commands.replaceAll('\\\n', ' ').split('\n').filter(Boolean)) {
        const place = /^# The customer, on (.*):$/.exec(line)?.[1];
        const [assigned] = line.matchAll(ASSIGNMENT);
        if (place !== undefined) machine = place;
        else if (assigned !== undefined) {
          const [, name = '', value = ''] = assigned;
          if (!variables.has(name)) variables.set(name, value);
        } else printed.push(await this.#command(wordsOf(line, variables), machine));
      }
      this.#mail();
      outputs.push(asOnPage(printed.filter(Boolean).join('\n')));
    }
    return outputs;
  }

  /** A command of the customer, on this machine. @throws Error unless it ends with one of these codes. */
  async onMachine(machine: string, args: readonly string[], codes: readonly number[] = [0]): Promise<string> {
    let out = '';
    let err = '';
    const code = await runContainer(
      args.map((arg) => arg.replace(SERVER_OF_THE_PAGE, this.#world.running.url)),
      {
        env: {},
        folder: this.folderOf(machine),
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        stdout: { isTerminal: false },
        stderr: { isTerminal: false },
        input: () => Promise.resolve(Buffer.of()),
      },
    );
    if (!codes.includes(code))
      throw new Error(`relicense-container ${args.join(' ')} ended with ${code}:\n${out}${err}`);
    return out;
  }

  folderOf(machine: string): string {
    const folder = join(this.#folder, machine.replaceAll(' ', '-'));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** A new container on this machine that holds all licenses of these tickets. @returns its serial */
  async container(machine: string, ...tickets: readonly string[]): Promise<string> {
    await this.onMachine(machine, ['init', '--server', this.#world.running.url]);
    for (const ticket of tickets) await this.onMachine(machine, ['sync', '--ticket', ticket, '--all']);
    return this.serialOf(machine);
  }

  async serialOf(machine: string, file = 'container.json'): Promise<string> {
    const shown: unknown = JSON.parse(await this.onMachine(machine, ['show', '--json', '--file', file]));
    return (shown as { serial: string }).serial;
  }

  async #command([program = '', ...args]: readonly string[], machine: string): Promise<string> {
    if (program === 'relicense-container') return this.onMachine(machine, args);
    if (program !== 'relicense' || machine !== DESK) throw new Error(`Who runs ${program} on ${machine}?`);
    const { url, token } = this.#world.running;
    let printed = '';
    const add = (text: string): void => {
      printed += text;
    };
    const { code } = await runCommandLine(args, {
      env: { RELICENSE_SERVER: url, RELICENSE_TOKEN: token, NO_COLOR: '1' },
      folder: this.folderOf(DESK),
      columns: COLUMNS,
      answers: ['y'],
      onAsk: (question) => add(`${question}y\n`),
      onOut: add,
      onErr: add,
    });
    if (code !== 0) throw new Error(`relicense ${args.join(' ')} ended with ${code}:\n${printed}`);
    return printed;
  }

  /** The customer and the support person send each other the files that travel: never a container. */
  #mail(): void {
    const folders = readdirSync(this.#folder).map((name) => join(this.#folder, name));
    for (const from of folders)
      for (const file of readdirSync(from).filter((name) => TRAVELS.test(name)))
        for (const to of folders) if (to !== from) copyFileSync(join(from, file), join(to, file));
  }
}

/** The words of a line, as a shell splits it. It supports quotes and `$NAME` only. */
function wordsOf(line: string, variables: ReadonlyMap<string, string>): string[] {
  return [...line.matchAll(WORD)].map(([, quoted, plain]) =>
    (quoted ?? plain ?? '').replace(/\$([A-Z]+)/g, (_all, name: string) => {
      const value = variables.get(name);
      if (value === undefined) throw new Error(`$${name} is not set: ${line}`);
      return value;
    }),
  );
}
