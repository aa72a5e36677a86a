/** Why a container cannot be created, opened or changed. */
export const CONTAINER_FAULTS = [
  /** There is no file at the path. */
  'not-found',
  /** There is already a file at the path. A container is never overwritten. */
  'exists',
  /** Larger than any container file. */
  'too-large',
  /** Not valid JSON, or not byte for byte as this library writes it. */
  'malformed',
  /** Written by another version of this library. */
  'version',
  /** A member is missing, unknown or has the wrong form. */
  'schema',
  /** The checksum does not match: something else changed the file. */
  'checksum',
  /** The private key does not belong to the public one. */
  'key',
  /** The vendor's key sets are malformed, or their signatures do not prove them. */
  'key-sets',
  /** The file at the path is no longer the container that was opened. */
  'other-container',
  /** Another process is changing the container. */
  'locked',
  /** The operating system does not let this program read the container. */
  'unreadable',
  /** The operating system does not let this program write the container, or its disk is full. */
  'unwritable',
  /** `trust` is not a key set, a list of key sets or a list of root keys; or its signatures do not prove it. */
  'trust',
  /** The clock of this machine shows a time before 1970. */
  'clock',
] as const;
export type ContainerFault = (typeof CONTAINER_FAULTS)[number];

/**
 * A container cannot be created, opened or changed. The message says in words what is wrong and what to do; `cause` has the
 * error of the operating system, if there is one.
 *
 * @example
 * try {
 *   await Container.open('container.json');
 * } catch (error) {
 *   if (error instanceof ContainerError && error.code === 'not-found') console.error('Run init first.');
 * }
 */
export class ContainerError extends Error {
  readonly code: ContainerFault;

  constructor(code: ContainerFault, message: string) {
    super(message);
    this.name = 'ContainerError';
    this.code = code;
  }
}
