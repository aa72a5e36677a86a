import { createPrivateKey, createPublicKey } from 'node:crypto';
import { dirname } from 'node:path';
import { publicPart } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';
import { readContainerFile, writeContainerFile } from './container-file.ts';
import { inWords } from './file-errors.ts';
import { errorCode, type FileSystem } from './file-system.ts';
import { withLock } from './lock.ts';
import { isPrivateJwk, type PrivateJwk } from './private-jwk.ts';
import type { Save, Store, StoredContainer } from './store.ts';

/** A container in a file. It has mode 0600 and is replaced atomically, so a crash leaves the old container or the new one. */
export class FileStore implements Store {
  readonly name: string;
  private readonly path: string;
  private readonly files: FileSystem;

  /** @param path absolute, with symbolic links followed */
  constructor(path: string, files: FileSystem) {
    this.name = path;
    this.path = path;
    this.files = files;
  }

  async read(): Promise<StoredContainer> {
    const { path, files } = this;
    const bytes = await inWords('unreadable', path, () => files.read(path));
    if (bytes === undefined) throw new ContainerError('not-found', `There is no container at ${path}.`);
    const { key, ...state } = readContainerFile(bytes);
    if (!isPair(key)) throw new ContainerError('key', 'The private key does not belong to the public key.');
    return { key: { publicJwk: publicPart(key), privateKey: key }, state };
  }

  async revision(): Promise<string | undefined> {
    return this.files.revision(this.path);
  }

  change<Result>(work: (save: Save) => Promise<Result>): Promise<Result> {
    return this.locked(() => work((stored) => this.save(stored)));
  }

  /** Creates the file. @throws ContainerError `exists` if there is one */
  create(stored: StoredContainer): Promise<void> {
    return this.locked(async () => {
      // `mode` uses lstat, so a dangling symbolic link counts as a file.
      if ((await this.files.mode(this.path)) !== undefined) {
        throw new ContainerError('exists', `${this.path} already exists; a container is never overwritten.`);
      }
      await this.save(stored);
    });
  }

  /** It writes a draft as large as the container, which also finds out that the disk is full. */
  probe(): Promise<void> {
    return this.locked(async () => {
      const bytes = await this.files.read(this.path);
      const draft = this.draft();
      await this.files.remove(draft);
      try {
        await this.files.create(draft, ' '.repeat(bytes?.length ?? 0));
      } finally {
        await this.files.remove(draft);
      }
    });
  }

  private locked<Result>(work: () => Promise<Result>): Promise<Result> {
    return inWords('unwritable', dirname(this.path), () => withLock(this.files, `${this.path}.lock`, work));
  }

  /** New file, fsync, rename, fsync of the folder. The caller holds the lock, so one name for the new file is enough. */
  private async save({ key: { privateKey }, state }: StoredContainer): Promise<void> {
    if (!isPrivateJwk(privateKey)) throw new Error('Bug: the key of a container in a file must be a JWK');
    const draft = this.draft();
    // A crash may have left it. `create` fails when a file or link is there, so nobody can redirect the write.
    await this.files.remove(draft);
    try {
      await this.files.create(draft, writeContainerFile({ ...state, key: privateKey }));
      await this.files.rename(draft, this.path);
    } catch (error) {
      // A full disk leaves half a draft, which would hold the private key.
      if (errorCode(error) !== 'EEXIST') await this.files.remove(draft);
      throw error;
    }
    await this.files.syncFolder(dirname(this.path));
  }

  private draft(): string {
    return `${this.path}.new`;
  }
}

function isPair(key: PrivateJwk): boolean {
  // Node imports only `d` of a private key, so the public key that it derives is the one that belongs to `d`.
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' });
  return createPublicKey(privateKey).export({ format: 'jwk' }).x === key.x;
}
