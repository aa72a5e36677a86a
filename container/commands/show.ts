import type { ContainerLicense } from '../../protocol/index.ts';
import { table } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { EXIT, type ExitCode } from '../help.ts';
import { type Arguments, type CommandContext, json } from './command.ts';
import { openContainer } from './open.ts';

const HEADING = ['License', 'Product', 'Expires', 'Maintenance until', 'Quantity', 'Features', 'Requires'] as const;

export async function showCommand(given: Arguments, surroundings: CommandContext): Promise<ExitCode> {
  const container = await openContainer(given, surroundings);
  const { serial, server, vendorKeys, content } = container;
  const { counter, licenses } = content;
  const digest = await container.digest();
  if (given.switch('json')) {
    const known = server === undefined ? {} : { server };
    surroundings.out(json({ serial, counter, digest, ...known, keys: vendorKeys.map(({ kid }) => kid), licenses }));
    return EXIT.done;
  }
  surroundings.out(`Serial   ${serial}\nCounter  ${counter}\nDigest   ${digest}\n`);
  if (server !== undefined) surroundings.out(`Server   ${escapeForTerminal(server)}\n`);
  surroundings.out(`\n${licenses.length === 0 ? 'No licenses.' : table(HEADING, licenses.map(row))}\n`);
  if (licenses.length > 0) surroundings.out(`\n${pluralize(licenses.length, 'license')}.\n`);
  return EXIT.done;
}

function row({ id, product, terms, requires }: ContainerLicense): string[] {
  return [
    id,
    product,
    expiry(terms.expiresAt),
    terms.maintenanceUntil ?? '',
    terms.quantity === undefined ? '' : String(terms.quantity),
    (terms.features ?? []).join(', '),
    requires.join(', '),
  ];
}

function expiry(expiresAt: string | undefined): string {
  if (expiresAt === undefined) return '';
  return Date.parse(expiresAt) <= Date.now() ? `${expiresAt} (expired)` : expiresAt;
}
