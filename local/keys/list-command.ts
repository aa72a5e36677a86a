import type { KeyWithId } from '../../protocol/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { command, keyOptions, ROOT_OPTIONS, SERVER_OPTION } from './options.ts';
import { findPlace } from './session.ts';

/** Lists the key sets, and which private keys are in the files of this machine. */
export const LIST = command('list', {
  summary: 'list the key sets and their keys',
  about: 'A mark shows which private keys are in the key files of this machine.',
  options: { ...ROOT_OPTIONS, ...SERVER_OPTION },
  examples: ['npm run keys -- list', 'npm run keys -- list --json'],
  json: 'lines',
  async run(given, session) {
    const { io } = session;
    const place = findPlace(session, keyOptions(given));
    const keySets = await place.server.keySets();
    if (given.is('json')) {
      for (const { version, publishedAt, root, update } of keySets)
        io.out(`${JSON.stringify({ version, publishedAt, root, update })}\n`);
      return EXIT.done;
    }
    if (keySets.length === 0) io.out(`No key set is published at ${place.server.url}.\n`);
    const roots = new Set((await place.roots.publicKeys()).map(({ x }) => x));
    const updates = new Set(((await place.updateFile?.publicKeys()) ?? []).map(({ x }) => x));
    const line = (role: string, { kid, x }: KeyWithId, own: ReadonlySet<string>): void =>
      io.out(`  ${role}  ${kid}${own.has(x) ? '  private key is here' : ''}\n`);
    for (const { version, publishedAt, root, update } of keySets) {
      const signers = root.keys.length === 1 ? '' : `, ${root.threshold} of ${root.keys.length} root keys sign`;
      io.out(`Key set ${version}, published ${publishedAt}${signers}\n`);
      for (const key of root.keys) line('root  ', key, roots);
      for (const key of update) line('update', key, updates);
    }
    return EXIT.done;
  },
});
