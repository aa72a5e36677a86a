import { type Content, digestOf } from '../protocol/index.ts';

/** Digests that a store computed while it verified what it read. The content of a container is never changed in place. */
const KNOWN = new WeakMap<Content, string>();

/** Keeps the digest of a content that a store has read. */
export function keepDigest(content: Content, digest: string): void {
  KNOWN.set(content, digest);
}

/** The digest of a container's content. */
export async function contentDigest(content: Content): Promise<string> {
  return KNOWN.get(content) ?? digestOf(content);
}
