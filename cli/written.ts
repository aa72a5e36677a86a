import { KNOWN_TERMS } from '../protocol/content.ts';
import type { CommandDefinition, ParsedArguments } from '../terminal/command.ts';

/** What the person wrote on the command line, to name it in errors. */
export interface Written {
  /** The argument or option that a member of the request was made from; otherwise the member itself. */
  nameOf(path: string): string;
  /** Ids by the placeholder that the help has for them, such as `ORDER`. */
  readonly ids: Readonly<Record<string, string>>;
}

export const NOTHING_WRITTEN: Written = { nameOf: (path) => path, ids: {} };

/** Options whose name is not the member's name in kebab case. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  contactAfter: ['contact-after'],
  expiresAt: ['expires'],
  features: ['feature'],
  items: ['item'],
  lastContactAfter: ['contact-after'],
  lastContactBefore: ['contact-before'],
  maintenanceUntil: ['maintenance'],
  orderId: ['id', 'order'],
  product: ['product', 'to', 'item'],
  quantity: ['quantity', 'item'],
  requestsPerMinute: ['per-minute'],
  scopes: ['scope'],
  types: ['type'],
};

export function writtenBy(command: CommandDefinition, given: ParsedArguments): Written {
  const isGiven = (option: string): boolean =>
    command.options[option] !== undefined && (given.text(option) !== undefined || given.is(option));
  const ids: Record<string, string> = {};
  for (const [index, { name, many }] of command.words.entries()) {
    const word = given.words[index];
    // Of several ids only the caller knows which one was refused.
    if (word !== undefined && many !== true) ids[name] = word;
  }
  return {
    ids,
    nameOf(path) {
      const segments = path.split('.');
      const [first = '', ...others] = segments;
      if (first === 'path') return wordOf(command, others[0] ?? '') ?? others.join('.');
      const names = segments.filter((segment) => !/^\d+$/.test(segment));
      const own = ownTermOf(names);
      if (own !== undefined && given.list('term').length > 0) return `--term ${own}`;
      for (const name of own === undefined ? names.toReversed() : []) {
        const option = (OPTIONS[name] ?? [kebabCase(name)]).find(isGiven);
        if (option !== undefined && option !== 'terms') return `--${option}`;
      }
      const terms = names.indexOf('terms');
      if (terms !== -1 && isGiven('terms')) return ['--terms', ...names.slice(terms + 1)].join(' ');
      if (command.words.some(({ name }) => name === 'URL') && first === 'url') return 'URL';
      return first === 'query' ? others.join('.') : path;
    },
  };
}

/** The name of a vendor's own term, if the path is that of one; it can be the name of an option. */
function ownTermOf(names: readonly string[]): string | undefined {
  const name = names[names.findIndex((one) => one === 'terms' || one === 'changes') + 1];
  return names[0] === name || name === undefined || KNOWN_TERMS.includes(name) ? undefined : name;
}

/** The argument of a parameter in the address: of the same name, or the only one that it can be. */
function wordOf({ words }: CommandDefinition, parameter: string): string | undefined {
  const names: Readonly<Record<string, string>> = { serial: 'CONTAINER', license: 'LICENSE', event: 'EVENT' };
  const named = words.find(({ name }) => name === names[parameter]);
  return (named ?? words[0])?.name;
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
