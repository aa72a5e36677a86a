/** A small program that is sold with licenses. It works while its product is licensed, and asks again once a day. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adviceFor } from './advice.ts';
import { Licensing } from './licensing.ts';

const DAY_SECONDS = 86_400;
const { env, argv } = process;

const licensing = await Licensing.open({
  path: env.CAD_LICENSES ?? 'container.json',
  server: env.CAD_SERVER ?? 'http://127.0.0.1:3000',
  keys: JSON.parse(await readFile(join(import.meta.dirname, 'relicense-keys.json'), 'utf8')),
  product: { code: 'cad', released: '2027-01-31' },
});

const [command, ticket] = argv.slice(2);
if (command === 'activate' && ticket !== undefined) await activate(ticket);
else await run();

async function activate(code: string): Promise<void> {
  const { ok, text } = await licensing.activate(code);
  console.log(text);
  process.exitCode = ok ? 0 : 1;
}

async function run(): Promise<void> {
  const check = await licensing.checkAtStart();
  if (!check.ok) return stop(check.reason);
  const canExport = (await licensing.check('export')).ok;
  console.log(`CAD runs. Licensed until ${check.until ?? 'further notice'}. Export: ${canExport ? 'yes' : 'no'}.`);
  // In the background: the user does not wait for the network, and a failed sync stops nothing.
  void refresh();
  const timer = setInterval(refresh, Number(env.CAD_CHECK_SECONDS ?? DAY_SECONDS) * 1000);

  async function refresh(): Promise<void> {
    const fault = await licensing.sync();
    if (fault !== undefined) console.error(fault);
    const now = await licensing.check();
    if (now.ok) return;
    clearInterval(timer);
    // A real program lets its user save the work first.
    stop(now.reason);
  }
}

function stop(reason: Parameters<typeof adviceFor>[0]): void {
  console.error(`${adviceFor(reason).text} (${reason})`);
  process.exitCode = 1;
}
