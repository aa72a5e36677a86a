import { timingSafeEqual } from 'node:crypto';

/** Compares in constant time, as texts: a decoder would let more than one spelling of a signature through. */
export function constantTimeEqual(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}
