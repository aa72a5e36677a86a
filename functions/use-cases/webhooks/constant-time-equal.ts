import { timingSafeEqual } from 'node:crypto';

/** Compares encoded signatures as text: decoded, two different texts could be equal. */
export function constantTimeEqual(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}
