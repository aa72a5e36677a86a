import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../../terminal/exit.ts';
import { REPOSITORY } from '../../harness/child-runtime.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { CTRL_C, ENTER, hasTerminals, openTerminal, type Terminal } from '../../harness/terminal.ts';
import { openWorld, present, type World } from '../../harness/world.ts';

const PROGRAM = join(REPOSITORY, 'cli', 'relicense.ts');
const canRun = hasTerminals();

test('this machine has `script`, so the questions are tested at a real terminal', () => {
  if (!canRun) console.warn('NOT TESTED: no `script` (util-linux), so no question was asked at a real terminal.');
  if (process.env.CI === 'true') expect(canRun, 'install `script` (util-linux, bsdutils)').toBe(true);
});

let world: World;
beforeAll(async () => {
  if (canRun) world = await openWorld();
});
afterAll(() => world?.close());

function relicense(...argv: string[]): Terminal {
  return openTerminal([process.execPath, PROGRAM, ...argv], {
    RELICENSE_SERVER: world.running.url,
    RELICENSE_TOKEN: world.running.token,
    XDG_CONFIG_HOME: temporaryFolder(),
  });
}

/** A command that asks, its question, and whether it has changed what it asked about. */
interface Asking {
  readonly argv: readonly string[];
  readonly question: string;
  hasChanged(): Promise<boolean>;
}

const COMMANDS: readonly (readonly [name: string, asking: () => Promise<Asking>])[] = [
  [
    'withdraw',
    async () => {
      const [license] = await world.sell(await world.product());
      const { id } = present(license);
      return {
        argv: ['withdraw', id],
        question: 'at once? This is final. [y/N]',
        hasChanged: async () => (await world.license(id)).state === 'withdrawn',
      };
    },
  ],
  [
    'bulk-orders withdraw',
    async () => {
      const product = await world.product();
      const [license] = await world.sell(product);
      return {
        argv: ['bulk-orders', 'withdraw', '--product', product],
        question: 'Withdraw 1 license? [y/N]',
        hasChanged: async () => (await world.license(present(license).id)).state === 'withdrawn',
      };
    },
  ],
  [
    'containers retire',
    async () => {
      const customer = await world.customer();
      await customer.sync({ activate: await world.sell(await world.product()) });
      const { serial } = customer;
      return {
        argv: ['containers', 'retire', '--licenses', 'restore', '--reason', 'burnt', serial],
        question: 'make its licenses available again? [y/N]',
        hasChanged: async () => {
          const { body } = await world.vendor('GET', `/containers/${serial}`);
          return (body as { status: string }).status === 'retired';
        },
      };
    },
  ],
];

describe.runIf(canRun).each(COMMANDS)('at a terminal, %s', { concurrent: true }, (_, asking) => {
  test('shows its question until it is answered; n changes nothing, and y does it', async () => {
    const { argv, question, hasChanged } = await asking();
    const refused = relicense(...argv);
    await refused.sees(question);
    refused.type(`n${ENTER}`);
    expect(await refused.ended()).toBe(EXIT.unconfirmed);
    expect(refused.screen()).toContain('Nothing was changed.');
    expect(await hasChanged()).toBe(false);
    const confirmed = relicense(...argv);
    await confirmed.sees(question);
    confirmed.type(`y${ENTER}`);
    expect(await confirmed.ended()).toBe(EXIT.done);
    expect(confirmed.screen()).toContain(question);
    expect(await hasChanged()).toBe(true);
  });

  test('ends with 130 on Ctrl-C at its question, and changes nothing', async () => {
    const { argv, question, hasChanged } = await asking();
    const terminal = relicense(...argv);
    await terminal.sees(question);
    terminal.type(CTRL_C);
    expect(await terminal.ended()).toBe(EXIT.interrupted);
    expect(terminal.screen()).toContain('Interrupted. Nothing was changed.');
    expect(terminal.screen()).not.toContain('may have been carried out');
    expect(await hasChanged()).toBe(false);
  });
});

describe.runIf(canRun)('at a terminal, login', { concurrent: true }, () => {
  const login = (): Terminal =>
    openTerminal([process.execPath, PROGRAM, 'login'], { XDG_CONFIG_HOME: temporaryFolder() });

  test('shows both questions and not the token', async () => {
    const terminal = login();
    await terminal.sees('Server:');
    terminal.type(`${world.running.url}${ENTER}`);
    await terminal.sees('Token (not shown):');
    terminal.type(`${world.running.token}${ENTER}`);
    expect(await terminal.ended()).toBe(EXIT.done);
    expect(terminal.screen()).toContain(`Server: ${world.running.url}\n`);
    expect(terminal.screen()).toContain('Logged in');
    expect(terminal.screen()).not.toContain(world.running.token);
  });

  test.each(['Server:', 'Token (not shown):'])(
    'ends with 130 on Ctrl-C at "%s", and saves nothing',
    async (question) => {
      const terminal = login();
      await terminal.sees('Server:');
      if (question !== 'Server:') terminal.type(`${world.running.url}${ENTER}`);
      await terminal.sees(question);
      terminal.type(CTRL_C);
      expect(await terminal.ended()).toBe(EXIT.interrupted);
      expect(terminal.screen()).toContain('Interrupted. Nothing was changed.');
      expect(terminal.screen()).not.toContain('Logged in');
    },
  );
});
