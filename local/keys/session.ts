/** What the commands of `npm run keys` work with: a server, root keys that sign key sets, and update keys. */
import { join, resolve } from 'node:path';
import type { Signer } from '../../functions/dependencies.ts';
import { type KeyWithId, readKeySet, type SignedKeySet, verifyKeySet } from '../../protocol/index.ts';
import { readServer } from '../../protocol/server-address.ts';
import type { Io } from '../../terminal/io.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { readEnvironment } from '../environment.ts';
import { lockFolder, rootKeysOf, runningFileOf, signingKeysOf } from '../home.ts';
import { readRunningFile } from '../running-file.ts';
import { readSecretFile } from '../secret-file.ts';
import { signKeySet } from '../sign-key-set.ts';
import { CommandError } from './command-error.ts';
import { combined, type KeyFile, keyFile } from './key-file.ts';
import { connectKeyServer, type KeyServer, type PublishedKeySet } from './key-server.ts';
import { type KeyChange, nextKeySet } from './next-key-set.ts';

/** The options that name a server and root keys. */
export interface KeyOptions {
  readonly server: string | undefined;
  /** Ids of KMS keys. */
  readonly rootKeys: readonly string[];
  readonly rootFiles: readonly string[];
}

export interface Session {
  readonly io: Io;
  /** Opens the signer of these KMS keys; a test passes its own. */
  readonly kms: (keyIds: readonly string[]) => Signer;
}

/** A server, and the key files of its home if it is the `npm start` of this machine. */
export interface Place {
  readonly server: KeyServer;
  /** `undefined` for a deployed server, whose update keys are in KMS. */
  readonly updateFile: KeyFile | undefined;
  /** Files of root keys: those of `--root-keys`, or `root-keys.json` of the home. */
  readonly rootFiles: readonly KeyFile[];
  readonly roots: Signer;
}

/**
 * Finds the server: `--server`, then RELICENSE_SERVER, then the one that runs on RELICENSE_HOME.
 *
 * @throws CommandError if there is none, UsageError for wrong settings
 */
export function findPlace({ io, kms }: Session, options: KeyOptions): Place {
  const warn = (message: string): void => io.err(`${message}\n`);
  const { home, token } = readEnvironment(io.env);
  const typed = options.server ?? (io.env.RELICENSE_SERVER || undefined);
  const files = options.rootFiles.map((path) => keyFile(resolve(io.folder, path), warn));
  const inKms = options.rootKeys.length === 0 ? [] : [kms(options.rootKeys)];
  if (typed !== undefined) {
    const url = readServer(typed);
    if (url === undefined) throw new UsageError(`Not the address of a server: ${typed}`);
    if (token === undefined) {
      throw new UsageError('Set RELICENSE_TOKEN to a token with the scopes key-sets:read and key-sets:write.');
    }
    const roots = combined([...inKms, ...files.map((file) => file.signer())]);
    return { server: connectKeyServer(url, token), updateFile: undefined, rootFiles: files, roots };
  }
  const address = readRunningFile(runningFileOf(home), warn);
  const own = token ?? readSecretFile(join(home, 'token'), warn)?.trim();
  if (address === undefined || own === undefined) {
    throw new CommandError(
      `No Relicense is running on ${home}. Start it with "npm start", or set RELICENSE_SERVER to the address of a deployed one.`,
      { isUnreachable: true },
    );
  }
  const rootFiles = files.length > 0 || inKms.length > 0 ? files : [keyFile(rootKeysOf(home), warn)];
  return {
    server: connectKeyServer(address.url, own),
    updateFile: keyFile(signingKeysOf(home), warn),
    rootFiles,
    roots: combined([...inKms, ...rootFiles.map((file) => file.signer())]),
  };
}

/** Runs `change` while no other command changes the keys of this home. */
export async function alone<Result>({ io }: Session, place: Place, change: () => Promise<Result>): Promise<Result> {
  if (place.updateFile === undefined) return change();
  const release = lockFolder(
    readEnvironment(io.env).home,
    'keys-lock',
    'Another "npm run keys" is running. Wait for its end.',
  );
  try {
    return await change();
  } finally {
    release();
  }
}

/** The key sets of the server. @throws CommandError if there is none */
export async function publishedKeySets(place: Place): Promise<readonly [PublishedKeySet, ...PublishedKeySet[]]> {
  const keySets = await place.server.keySets();
  const [first, ...rest] = keySets;
  if (first === undefined) {
    throw new CommandError('No key set is published. Publish the first one: npm run keys -- init');
  }
  return [first, ...rest];
}

/**
 * Signs the key set after the newest one and publishes it. The private keys that it names must be stored by then.
 *
 * @throws CommandError if too few root keys are there, or the server refuses it
 */
export async function publishNext(place: Place, newest: PublishedKeySet, change: KeyChange): Promise<number> {
  const payload = nextKeySet(newest, change, Math.floor(Date.now() / 1000));
  const signed = await signKeySet(payload, place.roots, newest);
  const verified = signed === undefined ? undefined : await verifyKeySet(signed, newest);
  if (signed === undefined || verified?.ok !== true) throw new CommandError(missingRoots(place, newest));
  await place.server.publish(signed);
  return payload.version;
}

/** Why too few root keys can sign after this key set, and what to do. */
export function missingRoots({ rootFiles }: Place, { version, root }: PublishedKeySet): string {
  const where = rootFiles.length === 0 ? 'the given KMS keys' : rootFiles.map(({ path }) => path).join(', ');
  const kids = root.keys.map(({ kid }) => kid).join(', ');
  return (
    `Nothing was published. ${root.threshold} of the root keys of key set ${version} must sign, and too few of them are in ` +
    `${where}: ${kids}. If they are kept elsewhere, name the file: --root-keys FILE`
  );
}

/** The one key that has this kid, or whose kid starts with it. */
export function findKey(keys: readonly KeyWithId[], kid: string): KeyWithId | undefined {
  const exact = keys.find((key) => key.kid === kid);
  const [found, ...others] = keys.filter((key) => key.kid.startsWith(kid));
  return exact ?? (others.length === 0 ? found : undefined);
}

/** The key sets of a file: `{"keySets": [...]}` or a single key set. */
export function readKeySetsOf(value: unknown, path: string): SignedKeySet[] {
  const list = typeof value === 'object' && value !== null && 'keySets' in value ? value.keySets : [value];
  const read = (Array.isArray(list) ? list : []).map(readKeySet);
  const signed = read.flatMap((one) => (one.ok ? [one.keySet.signed] : []));
  if (signed.length === 0 || signed.length < read.length) {
    throw new CommandError(`${path} must be a key set, or have a list of them as keySets.`);
  }
  return signed;
}
