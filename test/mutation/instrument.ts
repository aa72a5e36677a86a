import type { Condition } from './find-conditions.ts';

/** The module's text with a switch around each of its conditions. No line moves. */
export function instrumented(text: string, conditions: readonly Condition[]): string {
  const inserts = conditions.flatMap(({ start, end, before, after }) => [
    // At one position, ends come before beginnings; longer beginnings come first, and shorter ends.
    { at: start, rank: 1, length: -(end - start), text: before },
    { at: end, rank: 0, length: end - start, text: after },
  ]);
  inserts.sort((one, other) => one.at - other.at || one.rank - other.rank || one.length - other.length);
  let result = '';
  let from = 0;
  for (const { at, text: inserted } of inserts) {
    result += text.slice(from, at) + inserted;
    from = at;
  }
  return result + text.slice(from);
}
