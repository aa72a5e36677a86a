import type { ContainerLicense } from '../../protocol/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { outputStyle } from '../../terminal/style.ts';
import { table } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { command, fileOf, json } from './command.ts';
import { openContainer } from './open.ts';

const COLUMNS = [
  'License',
  'Product',
  'Expires',
  'Maintenance until',
  'Quantity',
  { title: 'Features', narrowest: 10 },
  'Requires',
] as const;
const EXPIRES = 2;
const EXPIRED = '(expired)';

export const show = command('show', {
  summary: 'show serial, counter, digest and licenses',
  examples: ['relicense-container show', "relicense-container show --json | jq -r '.licenses[].id'"],
  json: 'document',
  async run(given, io) {
    const container = await openContainer(fileOf(given, io), io);
    const { serial, server, keySet, content } = container;
    const { counter, licenses } = content;
    const digest = await container.digest();
    if (given.is('json')) {
      const { iss: issuer, version: keys } = keySet;
      io.out(json({ serial, counter, digest, server, issuer, keys, licenses }));
      return EXIT.done;
    }
    io.out(`Serial   ${serial}\nCounter  ${counter}\nDigest   ${digest}\n`);
    if (server !== undefined) io.out(`Server   ${escapeForTerminal(server)}\n`);
    const style = outputStyle(io);
    const layout = {
      ...(io.stdout.isTerminal ? { width: io.stdout.columns } : {}),
      paintHeading: style.bold,
      paint: (cell: string, column: number) => (column === EXPIRES && cell.endsWith(EXPIRED) ? style.red(cell) : cell),
    };
    io.out(`\n${licenses.length === 0 ? 'No licenses.' : table(COLUMNS, licenses.map(row), layout)}\n`);
    if (licenses.length > 0) io.out(`\n${pluralize(licenses.length, 'license')}.\n`);
    return EXIT.done;
  },
});

function row({ id, product, terms, requires }: ContainerLicense): string[] {
  return [
    id,
    product,
    formatExpiry(terms.expiresAt),
    terms.maintenanceUntil ?? '',
    terms.quantity === undefined ? '' : String(terms.quantity),
    (terms.features ?? []).join(', '),
    requires.join(', '),
  ];
}

function formatExpiry(expiresAt: string | undefined): string {
  if (expiresAt === undefined) return '';
  return Date.parse(expiresAt) <= Date.now() ? `${expiresAt} ${EXPIRED}` : expiresAt;
}
