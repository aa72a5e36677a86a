import type { CryptoKey } from 'jose';
import type { Content, KeySet, PublicJwk } from '../protocol/index.ts';
import type { PrivateJwk } from './private-jwk.ts';

/** All that a container holds beside its key. */
export interface ContainerState {
  readonly vendor: {
    /** Base address of the vendor's server, without a slash at the end. */
    readonly server?: string;
    /** The key sets of the vendor in the order of their versions, at least one. */
    readonly keySets: readonly KeySet[];
  };
  readonly content: Content;
  /** JWS of the last applied update: the vendor's proof of the content. Absent in a new container. */
  readonly seal?: string;
  /** JWS of the last lease that the container took. */
  readonly lease?: string;
  /** The highest `iat` of an update or a lease, in seconds since 1970; 0 in a new container. */
  readonly newestIat: number;
  /** The last context that the container made. Absent in a new container. */
  readonly context?: LastContext;
}

export interface LastContext {
  readonly jti: string;
  /** Seconds since 1970. The next context has a higher one (C1). */
  readonly iat: number;
}

/** The container's key pair. In a browser the private part is a `CryptoKey` that no program can read. */
export interface ContainerKey {
  readonly publicJwk: PublicJwk;
  readonly privateKey: PrivateJwk | CryptoKey;
}

/** What a store keeps for one container. */
export interface StoredContainer {
  readonly key: ContainerKey;
  readonly state: ContainerState;
}

/** Keeps one container: a file, or a record in a browser's database. */
export interface Store {
  /** How messages name the container, such as its path. */
  readonly name: string;
  /** @throws ContainerError if there is no container, it is damaged, or it cannot be read */
  read(): Promise<StoredContainer>;
  /** A text that is another one after each change of the stored container; `undefined` if there is none. */
  revision(): Promise<string | undefined>;
  /**
   * Runs `work` while no other program changes the container. `save` replaces the container atomically: what it saved is
   * durable when it resolves.
   *
   * @throws ContainerError `locked` or `unwritable`
   */
  change<Result>(work: (save: Save) => Promise<Result>): Promise<Result>;
  /** Finds out whether `save` would work, without changing the container. @throws ContainerError `locked` or `unwritable` */
  probe(): Promise<void>;
}

export type Save = (stored: StoredContainer) => Promise<void>;
