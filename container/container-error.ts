/** Why a container cannot be made or opened. */
export const CONTAINER_FAULTS = [
  /** There is no file at the path. */
  'not-found',
  /** There is a file at the path already; a container is never overwritten. */
  'exists',
  /** Larger than any container file. */
  'too-large',
  /** No acceptable JSON, or not written as this library writes it, byte for byte. */
  'malformed',
  /** Written by a newer version of this library. */
  'version',
  /** A member is missing, unknown or of the wrong form. */
  'schema',
  /** The checksum does not fit: the file was changed by something else. */
  'checksum',
  /** The private key does not belong to the public one. */
  'key',
  /** There is no usable Ed25519 key among the vendor's, or two have the same `kid`. */
  'vendor-keys',
  /** The file at the path is another container than the one that was opened. */
  'other-container',
  /** Another process is changing the container. */
  'locked',
] as const;
export type ContainerFault = (typeof CONTAINER_FAULTS)[number];

/**
 * A container that cannot be made or opened. Errors of the machine (no space, no permission) come as Node's own.
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
