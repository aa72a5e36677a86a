/** The commands that sign a key set and publish it. A private key is stored before the key set that names it is published. */
import { resolve } from 'node:path';
import { type KeySetPayload, type KeyWithId, parseJson, verifyKeySet } from '../../protocol/index.ts';
import { EXIT, type ExitCode } from '../../terminal/exit.ts';
import { readAtMost } from '../../terminal/read-at-most.ts';
import { formatSystemError, systemErrorCode } from '../../terminal/system-error.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { signKeySet } from '../sign-key-set.ts';
import { CommandError } from './command-error.ts';
import type { PublishedKeySet } from './key-server.ts';
import { keysInKms, newRootKey, newUpdateKeys, requireRoots } from './new-keys.ts';
import { withoutRoot, withRootReplaced } from './next-key-set.ts';
import { command, keyOptions, ROOT_OPTIONS, SERVER_OPTION, UPDATE_KEY_OPTION } from './options.ts';
import { alone, findKey, findPlace, publishedKeySets, publishNext, readKeySetsOf, type Session } from './session.ts';

const MAX_FILE_BYTES = 8_000_000;
const MAX_DEPTH = 8;

const init = command('init', {
  summary: 'publish the first key set of a deployed server',
  about:
    'Run it once, directly after the first deployment. npm start publishes the first key set itself. If --root-keys names a file that does not exist, the command creates it with a new root key. Repeating the command changes nothing.',
  options: {
    issuer: { value: 'NAME', required: true, help: 'the issuer of the deployment; the stack’s output Issuer' },
    ...ROOT_OPTIONS,
    ...UPDATE_KEY_OPTION,
    threshold: { value: 'N', help: 'how many root keys must sign each key set; default: 1' },
    ...SERVER_OPTION,
  },
  examples: ['npm run keys -- init --issuer ISSUER --root-key ROOT-KEY-ID --update-key SIGNING-KEY-ID'],
  async run(given, session) {
    const place = findPlace(session, keyOptions(given));
    const newest = (await place.server.keySets()).at(-1);
    if (newest !== undefined) {
      session.io.out(`Nothing to do: key set ${newest.version} is published at ${place.server.url}.\n`);
      return EXIT.done;
    }
    const text = given.text('threshold') ?? '1';
    if (!/^[1-9]\d?$/.test(text)) throw new UsageError(`--threshold must be a whole number from 1; got "${text}"`);
    for (const file of place.rootFiles) await file.create();
    const keys = await place.roots.publicKeys();
    if (keys.length === 0) throw new UsageError('Name the root keys: --root-key KMS-KEY, or --root-keys FILE.');
    const threshold = Number(text);
    if (threshold > keys.length)
      throw new UsageError(`--threshold is ${threshold}, but there is ${keys.length} root key.`);
    const payload: KeySetPayload = {
      iss: given.text('issuer') ?? '',
      version: 1,
      iat: Math.floor(Date.now() / 1000),
      root: { threshold, keys },
      update: await keysInKms(session, given.list('update-key')),
    };
    const signed = await signKeySet(payload, place.roots);
    if (signed === undefined || !(await verifyKeySet(signed)).ok) throw new Error('Bug: the root keys did not sign');
    await place.server.publish(signed);
    return published(session, payload);
  },
});

const rotateUpdate = command('rotate-update', {
  summary: 'change the key that signs updates and leases',
  about:
    'The new key signs at once, without a restart; the old key proves nothing any more. Containers take the new key with their next answer. With npm start, the new key is a key of signing-keys.json that no key set lists yet, or a new one. Run the command again if it was interrupted.',
  options: {
    to: { value: 'KID', help: 'a key of signing-keys.json, such as an earlier one' },
    ...UPDATE_KEY_OPTION,
    ...ROOT_OPTIONS,
    ...SERVER_OPTION,
  },
  examples: [
    'npm run keys -- rotate-update',
    'npm run keys -- rotate-update --root-keys FILE',
    'npm run keys -- rotate-update --root-key ROOT-KEY-ID --update-key NEW-KEY-ID',
  ],
  async run(given, session) {
    const place = findPlace(session, keyOptions(given));
    return alone(session, place, async () => {
      const keySets = await publishedKeySets(place);
      const newest = newestOf(keySets);
      await requireRoots(place, newest);
      const update = await newUpdateKeys(session, place, keySets, given.list('update-key'), given.text('to'));
      if (hasSameKeys(update, newest.update))
        throw new CommandError(`Nothing was changed: key set ${newest.version} has this update key already.`);
      const version = await publishNext(place, newest, { update });
      return published(session, { ...newest, version, update });
    });
  },
});

const rotateRoot = command('rotate-root', {
  summary: 'change a key that signs key sets',
  about:
    'The old and the new root key sign the next key set. With a file of root keys, the command adds a new key to it. Back up the file afterwards. Run the command again if it was interrupted.',
  words: [{ name: 'KID', optional: true, help: 'the root key to replace, if there is more than one' }],
  options: {
    'new-root-key': { value: 'KMS-KEY', help: 'the new root key, if it is in KMS' },
    ...ROOT_OPTIONS,
    ...SERVER_OPTION,
  },
  examples: [
    'npm run keys -- rotate-root',
    'npm run keys -- rotate-root --root-key ROOT-KEY-ID --new-root-key NEW-KEY-ID',
  ],
  async run(given, session) {
    const fresh = given.text('new-root-key');
    const options = keyOptions(given);
    const place = findPlace(session, {
      ...options,
      rootKeys: [...options.rootKeys, ...(fresh === undefined ? [] : [fresh])],
    });
    return alone(session, place, async () => {
      const keySets = await publishedKeySets(place);
      const newest = newestOf(keySets);
      const old = rootToReplace(newest, given.words[0]);
      await requireRoots(place, newest);
      const root = withRootReplaced(newest.root, old.kid, await newRootKey(session, place, keySets, fresh));
      const version = await publishNext(place, newest, { root });
      return published(session, { ...newest, version, root });
    });
  },
});

const revoke = command('revoke', {
  summary: 'remove a key that others may know',
  about:
    'An update key is removed from the key set, and from signing-keys.json; if it is the only one, a new one takes its place. A root key is removed if enough others remain; otherwise a new one takes its place. Containers in the field heal at their next contact.',
  words: [{ name: 'KID', help: 'the key, or the start of its kid; npm run keys -- list shows it' }],
  options: {
    ...UPDATE_KEY_OPTION,
    'new-root-key': { value: 'KMS-KEY', help: 'the new root key, if it is in KMS' },
    ...ROOT_OPTIONS,
    ...SERVER_OPTION,
  },
  examples: ['npm run keys -- revoke KID'],
  async run(given, session) {
    const fresh = given.text('new-root-key');
    const options = keyOptions(given);
    const place = findPlace(session, {
      ...options,
      rootKeys: [...options.rootKeys, ...(fresh === undefined ? [] : [fresh])],
    });
    return alone(session, place, async () => {
      const keySets = await publishedKeySets(place);
      const newest = newestOf(keySets);
      const typed = given.word(0);
      const ownKeys = (await place.updateFile?.publicKeys()) ?? [];
      const root = findKey(newest.root.keys, typed);
      if (root !== undefined) {
        await requireRoots(place, newest);
        const next =
          withoutRoot(newest.root, root.kid) ??
          withRootReplaced(newest.root, root.kid, await newRootKey(session, place, keySets, fresh));
        const version = await publishNext(place, newest, { root: next });
        return published(session, { ...newest, version, root: next });
      }
      const key = findKey(newest.update, typed);
      if (key !== undefined) {
        await requireRoots(place, newest);
        const others = newest.update.filter(({ x }) => x !== key.x);
        const canSign = place.updateFile === undefined || others.some(({ x }) => ownKeys.some((own) => own.x === x));
        const update =
          others.length > 0 && canSign
            ? others
            : [...others, ...(await newUpdateKeys(session, place, keySets, given.list('update-key'), undefined))];
        const version = await publishNext(place, newest, { update });
        await place.updateFile?.remove(findOwn(ownKeys, key)?.kid ?? '');
        return published(session, { ...newest, version, update });
      }
      const own = findKey(ownKeys, typed);
      if (own === undefined)
        throw new CommandError(`Key set ${newest.version} has no key ${typed}. npm run keys -- list shows its keys.`);
      await place.updateFile?.remove(own.kid);
      session.io.out(`Key set ${newest.version} does not list this key. It is removed from signing-keys.json.\n`);
      return EXIT.done;
    });
  },
});

const publish = command('publish', {
  summary: 'publish signed key sets out of a file',
  about:
    'For key sets that were signed elsewhere, and after a table was restored to an earlier time: containers keep the key sets that they have seen. The file is a key set, or the saved answer of GET /.well-known/relicense-keys. Key sets that are published already stay.',
  words: [{ name: 'FILE', help: 'the signed key sets', completes: 'file' }],
  options: SERVER_OPTION,
  examples: ['npm run keys -- publish FILE'],
  async run(given, session) {
    const path = given.word(0);
    const { server } = findPlace(session, { server: given.text('server'), rootKeys: [], rootFiles: [] });
    const counts = { published: 0, repeated: 0 };
    for (const signed of readKeySetsOf(await readJson(session, path), path)) counts[await server.publish(signed)] += 1;
    session.io.out(`Published: ${counts.published}. Published before: ${counts.repeated}.\n`);
    return EXIT.done;
  },
});

async function readJson({ io }: Session, path: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readAtMost(resolve(io.folder, path), MAX_FILE_BYTES);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new CommandError(formatSystemError(error as Error, path), { cause: error });
  }
  const json = parseJson(bytes, { maxBytes: MAX_FILE_BYTES, maxDepth: MAX_DEPTH });
  if (!json.ok) throw new CommandError(`${path} is not JSON that this command accepts (${json.code}).`);
  return json.value;
}

function rootToReplace({ version, root }: PublishedKeySet, typed: string | undefined): KeyWithId {
  const [only, ...others] = root.keys;
  const found = typed === undefined ? (others.length === 0 ? only : undefined) : findKey(root.keys, typed);
  if (found !== undefined) return found;
  throw new UsageError(
    typed === undefined
      ? `Name the root key to replace: ${root.keys.map(({ kid }) => kid).join(', ')}`
      : `Key set ${version} has no root key ${typed}.`,
  );
}

function newestOf(keySets: readonly [PublishedKeySet, ...PublishedKeySet[]]): PublishedKeySet {
  return keySets.at(-1) ?? keySets[0];
}

function findOwn(own: readonly KeyWithId[], { x }: KeyWithId): KeyWithId | undefined {
  return own.find((key) => key.x === x);
}

function hasSameKeys(some: readonly KeyWithId[], others: readonly KeyWithId[]): boolean {
  return some.map(({ x }) => x).join() === others.map(({ x }) => x).join();
}

function published({ io }: Session, { version, update, root }: KeySetPayload): ExitCode {
  io.out(`Key set ${version} is published.\n`);
  io.out(`  signs updates and leases: ${update.map(({ kid }) => kid).join(', ')}\n`);
  io.out(`  signs key sets:           ${root.keys.map(({ kid }) => kid).join(', ')}\n`);
  return EXIT.done;
}

export const CHANGE_COMMANDS = [init, rotateUpdate, rotateRoot, revoke, publish];
