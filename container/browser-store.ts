import type { CryptoKey } from 'jose';
import { hasMembers, isCount, isPublicJwk, type PublicJwk } from '../protocol/index.ts';
import { type BrowserHost, readRecord, writeRecord } from './browser-database.ts';
import { ContainerError } from './container-error.ts';
import { readState, writtenState } from './state-form.ts';
import type { Save, Store, StoredContainer } from './store.ts';

/** A container in a browser's IndexedDB. Its private key is a `CryptoKey` that no script can read. */
export class BrowserStore implements Store {
  readonly name: string;
  private readonly host: BrowserHost;

  constructor(name: string, host: BrowserHost) {
    this.name = name;
    this.host = host;
  }

  async read(): Promise<StoredContainer> {
    const record = await inWords('unreadable', () => readRecord(this.host, this.name));
    if (record === undefined) throw new ContainerError('not-found', `There is no container ${this.name}.`);
    if (!isRecord(record)) throw damaged();
    const { publicJwk, privateKey } = record;
    const state = readState(record.state);
    if (state === undefined) throw damaged();
    if (!(await isPair(publicJwk, privateKey)))
      throw new ContainerError('key', 'The private key does not belong to the public key.');
    return { key: { publicJwk, privateKey }, state };
  }

  async revision(): Promise<string | undefined> {
    const record = await readRecord(this.host, this.name);
    return isRecord(record) ? `${record.revision}` : undefined;
  }

  change<Result>(work: (save: Save) => Promise<Result>): Promise<Result> {
    return this.host.locks.request(`relicense ${this.name}`, () => work((stored) => this.save(stored, false)));
  }

  /** @throws ContainerError `exists` if there is one */
  create(stored: StoredContainer): Promise<void> {
    return this.host.locks.request(`relicense ${this.name}`, () => this.save(stored, true));
  }

  /** It writes the record as it is. */
  probe(): Promise<void> {
    return this.change(async (save) => save(await this.read()));
  }

  private async save({ key: { publicJwk, privateKey }, state }: StoredContainer, isNew: boolean): Promise<void> {
    const before = await inWords('unreadable', () => readRecord(this.host, this.name));
    if (isNew && before !== undefined)
      throw new ContainerError('exists', `${this.name} already exists; a container is never overwritten.`);
    const revision = isRecord(before) ? before.revision + 1 : 1;
    const record = { publicJwk, privateKey, state: writtenState(state), revision };
    await inWords('unwritable', () => writeRecord(this.host, this.name, record, isNew));
  }
}

interface ContainerRecord {
  readonly publicJwk: PublicJwk;
  readonly privateKey: CryptoKey;
  readonly state: unknown;
  /** It rises with each change. */
  readonly revision: number;
}

function isRecord(value: unknown): value is ContainerRecord {
  return (
    hasMembers(value, ['publicJwk', 'privateKey', 'state', 'revision']) &&
    isPublicJwk(value.publicJwk) &&
    value.privateKey instanceof CryptoKey &&
    isCount(value.revision)
  );
}

function damaged(): ContainerError {
  return new ContainerError('schema', 'The record in the browser’s database is not a container.');
}

const PROBE = new TextEncoder().encode('relicense');

/** The private key cannot be read, so it proves itself with a signature. */
async function isPair(publicJwk: PublicJwk, privateKey: CryptoKey): Promise<boolean> {
  try {
    const publicKey = await crypto.subtle.importKey('jwk', { ...publicJwk }, 'Ed25519', false, ['verify']);
    const signature = await crypto.subtle.sign('Ed25519', privateKey, PROBE);
    return await crypto.subtle.verify('Ed25519', publicKey, signature, PROBE);
  } catch {
    return false;
  }
}

async function inWords<Result>(code: 'unreadable' | 'unwritable', work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const verb = code === 'unwritable' ? 'store' : 'read';
    const advice = 'Free some space, allow this site to store data, and try again.';
    const translated = new ContainerError(
      code,
      `The browser could not ${verb} the container: ${error.message}. ${advice}`,
    );
    translated.cause = error;
    throw translated;
  }
}
