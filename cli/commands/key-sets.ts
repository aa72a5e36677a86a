import type { Item } from '../../client/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { command } from '../command.ts';
import { formatTime } from '../format.ts';
import { type ListLayout, printList } from '../output.ts';
import { LIMIT_OPTION, pageSize, parseLimit } from './list-options.ts';

const KEY_SETS: ListLayout<Item<'listKeySets'>> = {
  columns: [
    'Key set',
    'Published (UTC)',
    { title: 'Signs updates and leases', narrowest: 12 },
    { title: 'Signs key sets', narrowest: 12 },
    'Needed',
  ],
  row: ({ version, publishedAt, update, root }) => [
    String(version),
    formatTime(publishedAt),
    update.map(({ kid }) => kid).join(', '),
    root.keys.map(({ kid }) => kid).join(', '),
    `${root.threshold} of ${root.keys.length}`,
  ],
  none: 'No key set is published. npm run keys -- init publishes the first one.',
};

const list = command('key-sets list', {
  summary: 'list the key sets: which keys sign updates, leases and key sets',
  about:
    'The last one is the newest: only its keys sign updates and leases. The operator changes keys with npm run keys, in the folder of the server.',
  options: LIMIT_OPTION,
  examples: ['relicense key-sets list', 'relicense key-sets list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    await printList(session, session.client().each('listKeySets', { query: pageSize(limit) }), KEY_SETS, limit);
    return EXIT.done;
  },
});

export const KEY_SET_COMMANDS = [list];
