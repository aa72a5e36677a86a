import type { Program } from '../terminal/command.ts';
import { EXIT, EXIT_MEANINGS } from '../terminal/exit.ts';
import { exitCodes, paragraph } from '../terminal/help.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';

/** `relicense`, the vendor's command line. */
export const PROGRAM: Program<Command> = {
  name: 'relicense',
  title: 'The vendor’s command line: sell licenses, take them back, replace them.',
  commands: COMMANDS,
  groups: {
    products: 'what you sell',
    'sku-mappings': 'what the SKUs of your shops deliver',
    orders: 'what you sold to whom',
    customers: 'the names of your customers',
    tickets: 'the order and licenses of a customer’s code',
    licenses: 'where every license is',
    'bulk-orders': 'withdraw or replace thousands of licenses',
    containers: 'the license containers on your customers’ machines',
    webhooks: 'what the ERP and the shops have sent',
    'webhooks sources': 'how the webhooks of a shop are taken',
    'webhooks secrets': 'the keys that the ERP and the shops sign with',
    events: 'events that are sent to your own endpoints',
    'events endpoints': 'where events are sent',
    'key-sets': 'which keys sign updates and leases',
    tokens: 'who may do what',
  },
  commonOptions: {
    server: { value: 'URL', help: 'the server; default: $RELICENSE_SERVER, then relicense login' },
    token: { value: 'TOKEN', help: 'the vendor’s token; default: $RELICENSE_TOKEN, then relicense login' },
  },
  footer: [
    paragraph(
      'Results go to stdout, everything else to stderr. Tables fit the terminal and are complete in a pipe; colours are for terminals without NO_COLOR. With --json a list is one line of JSON per item, anything else is one document, and a refusal is one line of JSON on stderr. Servers are reached through the proxy in HTTPS_PROXY or HTTP_PROXY, except those in NO_PROXY.',
    ),
    exitCodes(EXIT, EXIT_MEANINGS),
  ],
};
