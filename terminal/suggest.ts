/** The word of `words` that is closest to a mistyped one, if one is close enough. */
export function suggest(typed: string, words: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let least = most + 1;
  for (const word of words) {
    const steps = word.startsWith(typed) && typed.length > 1 ? 1 : distance(typed.toLowerCase(), word.toLowerCase());
    if (steps < least) {
      best = word;
      least = steps;
    }
  }
  return best;
}

/** ` Did you mean X?`, or an empty text when no word is close. */
export function didYouMean(typed: string, words: readonly string[], prefix = ''): string {
  const meant = suggest(typed, words);
  return meant === undefined ? '' : ` Did you mean ${prefix}${meant}?`;
}

/** The number of insertions, deletions, replacements and swaps of neighbours between two words. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      let steps = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        steps = Math.min(steps, (before[column - 2] ?? 0) + 1);
      }
      current.push(steps);
    }
    before = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
