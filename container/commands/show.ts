import { defined } from '../../protocol/defined.ts';
import type { ContainerLicense } from '../../protocol/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { outputStyle } from '../../terminal/style.ts';
import { table } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { command, fileOf, json } from './command.ts';
import { openTrusted, TRUST_OPTION } from './open.ts';
import { viewSeal } from './seal.ts';

const COLUMNS = [
  'License',
  'Product',
  'Usable until',
  'Maintenance until',
  'Quantity',
  { title: 'Features', narrowest: 10 },
  'Requires',
] as const;
const UNTIL = 2;
const ENDED = /\((?:expired|lease ended)\)$/;

export const show = command('show', {
  summary: 'show serial, counter, digest, seal and licenses',
  about: 'Usable until is the earlier of the end of the license and the end of its lease.',
  options: { trust: TRUST_OPTION },
  examples: ['relicense-container show', "relicense-container show --json | jq -r '.licenses[].id'"],
  json: 'document',
  async run(given, io) {
    const container = await openTrusted(given, fileOf(given, io), io);
    const seal = await viewSeal(container);
    const { serial, server, keySet, content } = container;
    const { counter, licenses } = content;
    const digest = await container.digest();
    if (given.is('json')) {
      const { iss: issuer, version: keys } = keySet;
      const withEnds = licenses.map((license) => ({ ...license, ...defined({ until: seal.until.get(license.id) }) }));
      io.out(json({ serial, counter, digest, server, issuer, keys, seal: seal.document, licenses: withEnds }));
      return EXIT.done;
    }
    io.out(`Serial   ${serial}\nCounter  ${counter}\nDigest   ${digest}\n`);
    if (server !== undefined) io.out(`Server   ${escapeForTerminal(server)}\n`);
    io.out(`Vendor   ${escapeForTerminal(keySet.iss)}, key set ${keySet.version}\nSealed   ${seal.text}\n`);
    const style = outputStyle(io);
    const layout = {
      ...(io.stdout.isTerminal ? { width: io.stdout.columns } : {}),
      paintHeading: style.bold,
      paint: (cell: string, column: number) => (column === UNTIL && ENDED.test(cell) ? style.red(cell) : cell),
    };
    io.out(
      `\n${
        licenses.length === 0
          ? 'No licenses.'
          : table(
              COLUMNS,
              licenses.map((license) => row(license, seal.until)),
              layout,
            )
      }\n`,
    );
    if (licenses.length > 0) io.out(`\n${pluralize(licenses.length, 'license')}.\n`);
    return EXIT.done;
  },
});

function row({ id, product, terms, requires }: ContainerLicense, until: ReadonlyMap<string, string>): string[] {
  return [
    id,
    product,
    formatEnd(terms.expiresAt, until.get(id) ?? terms.expiresAt),
    terms.maintenanceUntil ?? '',
    terms.quantity === undefined ? '' : String(terms.quantity),
    (terms.features ?? []).join(', '),
    requires.join(', '),
  ];
}

function formatEnd(expiresAt: string | undefined, end: string | undefined): string {
  if (end === undefined) return '';
  if (Date.parse(end) > Date.now()) return end;
  return `${end} (${end === expiresAt ? 'expired' : 'lease ended'})`;
}
